"""Every key that a page's help or button shows is one that does something, and the other way round:
static/keys.js presses what bears `data-key`, and moves and selects by itself."""

import re

from buzon.web.assets import STATIC
from buzon.web.render import TEMPLATES

SCRIPT = (STATIC / "keys.js").read_text()
MARKUP = {file.name: file.read_text() for file in TEMPLATES.glob("*.html")}
ALL = "\n".join(MARKUP.values())

HELP = re.compile(r'\{\{ key\((?:_\()?"([^"]+)"\)?, _\(')
MOVES = re.compile(r"const STEPS = \{ (\w): 1, (\w): -1 \}")
DONE_BY_SCRIPT = re.compile(r'key === "([^"]+)"')
BEARER = re.compile(r'<\w+[^<]*?data-key="([^"{]+)"[^<]*')
SHOWN_ON_BUTTON = re.compile(
    r'data-key="([^"{]+)"(?:(?!data-key=).)*?<kbd aria-hidden="true">([^<{]+)</kbd>'
)
TOLD = re.compile(r'data-key="([^"]+)"(?: aria-keyshortcuts="([^"]+)")?')
NAMES = {"esc": "escape"}


def work() -> set[str]:
    """All keys that do something, but for the categories' own."""
    moves = MOVES.search(SCRIPT)
    assert moves
    keys = {*moves.groups(), *DONE_BY_SCRIPT.findall(SCRIPT), *BEARER.findall(ALL)}
    return {key.lower() for key in keys}


def test_the_help_names_all_keys_that_work_and_no_other() -> None:
    told = {NAMES.get(key.lower(), key.lower()) for key in HELP.findall(MARKUP["keys.html"])}
    assert len(told) > 10
    assert told == work()


def test_the_letter_on_a_button_is_the_key_that_presses_it() -> None:
    shown = [pair for text in MARKUP.values() for pair in SHOWN_ON_BUTTON.findall(text)]
    assert len(shown) >= 5
    assert [(key, letter) for key, letter in shown if key.lower() != letter.lower()] == []


def test_who_can_t_see_it_is_told_the_same_key() -> None:
    told = [pair for text in MARKUP.values() for pair in TOLD.findall(text)]
    confirming = "{{ enter }}"  # a further key of the category that the mail has already
    assert [key for key, said in told if key != said.removesuffix(confirming)] == []

"""The manual is built without a warning, in both languages, loads nothing from elsewhere, and its
reference names all that there is."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.config import Settings
from buzon.store.db import Database
from buzon.web.language import LOCALE

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

import reference  # noqa: E402

EDITIONS = ("", "es/")
FETCHED = "script[src], img[src], iframe[src], source[src], link[href]:not([rel=alternate])"
IN_STYLE = re.compile(r"url\(\s*[\"']?((?:https?:)?//[^)]*)|@import\s+[\"']?(?!url)([^\"';]+)")
CODE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
PRIVATE = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)

PAGES = sorted(each for each in DOCS.glob("*.md") if not each.name.endswith(".es.md"))
ELSEWHERE = [ROOT / folder / "README.md" for folder in ("", "n8n", "metabase")]

# In which italics are what stands on the pages of Buzón.
CHAPTERS = (
    *("first-steps", "connecting", "categories", "reviewing", "accuracy", "retraining"),
    *("troubleshooting", "running"),
)
ITALIC = re.compile(r"(?<!\*)\*([^*\n]+(?:\n[^*\n]+)?)\*(?!\*)")


@pytest.fixture(scope="module")
def manual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `make docs` builds it; a link or an anchor that leads nowhere fails it."""
    site = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return site


def text_of(page: Path) -> str:
    return LexborHTMLParser(page.read_text("utf-8")).css_first("article").text()


def test_no_page_loads_anything_from_elsewhere(manual: Path) -> None:
    pages = list(manual.rglob("*.html"))
    assert len(pages) > 50
    for page in pages:
        tree = LexborHTMLParser(page.read_text("utf-8"))
        asked = [
            each.attributes.get("src") or each.attributes.get("href") for each in tree.css(FETCHED)
        ]
        assert len(asked) > 5
        assert not [one for one in asked if re.match("(?:https?:)?//", one or "")], page
        assert not tree.css(".mermaid"), page  # the theme would fetch what draws it
        assert not IN_STYLE.findall("".join(style.text() for style in tree.css("style"))), page
    for style in manual.rglob("*.css"):
        assert not IN_STYLE.findall(style.read_text("utf-8")), style


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_setting_is_named_with_its_default(manual: Path, edition: str) -> None:
    told = text_of(manual / edition / "settings.html")
    for name, field in Settings.model_fields.items():
        if name == "mailbox":
            assert "[[mailbox]]" in told
            continue
        assert f"BUZON_{name.upper()}" in told
        if isinstance(field.default, str | int | float) and field.default != "":
            assert str(field.default).replace("10_000", "10000") in told, name


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_command_is_named_with_its_options(manual: Path, edition: str) -> None:
    told = text_of(manual / edition / "commands.html")
    commands = dict(reference.every_command())
    assert {"buzon serve", "buzon token add", "buzon category retire"} <= set(commands)
    for name, command in commands.items():
        assert name in told
        shown = [each for each in command.params if not each.hidden]
        assert not [opt for each in shown for opt in each.opts if opt[0] == "-" and opt not in told]
    assert "--role viewer|operator|administrator" in told


@pytest.mark.parametrize("edition", EDITIONS)
async def test_every_view_is_named_with_its_columns(
    manual: Path, edition: str, db: Database
) -> None:
    async with db.transaction() as connection:
        rows = await connection.execute(
            r"SELECT table_name, column_name FROM information_schema.columns"
            r" WHERE table_schema = 'public' AND table_name LIKE 'v\_%'"
        )
        columns = {(str(view), str(column)) for view, column in await rows.fetchall()}
    assert columns == set(told_columns(manual / edition / "views.html"))


def told_columns(page: Path) -> Iterator[tuple[str, str]]:
    """View and column, as the tables under the headings have them."""
    view = ""
    for part in LexborHTMLParser(page.read_text("utf-8")).css("article h2, article tbody tr"):
        if part.tag == "h2":
            view = part.css_first("code").text()
        else:
            yield view, part.css_first("td code").text()


def test_every_text_of_the_reference_has_its_spanish_and_none_is_left_over() -> None:
    asked: set[str] = set()

    def note(text: str) -> str:
        asked.add(text)
        return text

    for part in reference.PARTS.values():
        part(note)
    own = re.findall(r'^msgid "(.+)"$', (DOCS / "reference.es.po").read_text("utf-8"), re.MULTILINE)
    assert asked - reference.spanish().keys() == set()
    assert {text.replace('\\"', '"') for text in own} - asked == set()


@pytest.mark.parametrize("page", [*PAGES, *ELSEWHERE], ids=lambda page: "/".join(page.parts[-2:]))
def test_both_editions_of_a_page_have_the_same_parts(page: Path) -> None:
    """What is added to one of them is missing in the other: headings, code, rows, points."""
    assert shape(page.with_suffix(".es.md")) == shape(page)


@pytest.mark.parametrize("page", ["api", "webhooks"])
def test_the_code_for_programmers_is_the_same_in_both(page: str) -> None:
    english, spanish = ((DOCS / f"{page}{end}.md").read_text("utf-8") for end in ("", ".es"))
    assert CODE.findall(spanish) == CODE.findall(english)


def shape(page: Path) -> tuple[list[str], dict[str, int]]:
    text = page.read_text("utf-8")
    prose = CODE.sub("", text)
    return re.findall(r"^(#+) ", prose, re.MULTILINE), {
        "code": len(CODE.findall(text)),
        "rows": len(re.findall(r"^\|", prose, re.MULTILINE)),
        "pictures": len(re.findall(r"^!\[", prose, re.MULTILINE)),
        "points": len(re.findall(r"^(?:\d+\.|-) ", prose, re.MULTILINE)),
    }


def test_the_spanish_privacy_page_names_the_same_tables_and_settings() -> None:
    english, spanish = ((DOCS / f"privacy{end}.md").read_text("utf-8") for end in ("", ".es"))
    assert PRIVATE.findall(spanish) == PRIVATE.findall(english) != []
    tables = re.compile(r"`([a-z]+_?[a-z_]+)`")
    assert set(tables.findall(english)) <= set(tables.findall(spanish))


@pytest.mark.parametrize("end", ["", ".es"])
def test_what_the_chapters_say_is_on_the_pages_is_there(end: str) -> None:
    shown = set(re.findall(r'"(.*)"$', (LOCALE / "es.po").read_text("utf-8"), re.MULTILINE))
    for chapter in CHAPTERS:
        named = ITALIC.findall((DOCS / f"{chapter}{end}.md").read_text("utf-8"))
        assert {" ".join(each.split()) for each in named} <= shown, chapter

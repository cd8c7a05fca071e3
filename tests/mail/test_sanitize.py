"""What of a mail's HTML is shown: pages/NAME.html becomes NAME.safe.html."""

from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.mail.sanitize import LIMIT, TAGS_LIMIT, sanitize
from peers import cpu

PAGES = Path(__file__).parent / "pages"
NAMES = sorted(path.stem for path in PAGES.glob("*.html") if not path.stem.endswith(".safe"))
LOGO = {"logo@x": "data:image/png;base64,TE9HTw=="}
BLOCKED = {"remote": 11}

DEEP = "<div>" * 100_000
HOSTILE = {
    "nested": DEEP,
    "attributes": "<div " + " ".join(f"a{n:x}" for n in range(100_000)) + ">",
    "declarations": "<p style='" + "color:red;" * 100_000 + "'>",
    "one long declaration": "<p style='color:" + "rgb(1,2)" * 50_000 + "x('>",
    "pictures": "<img src='cid:x'>" * 50_000,
    "embedded pictures": "<img src='data:image/png;base64,AAAA'>" * 50_000,
    "ends without beginnings": "</p>" * 100_000,
    "misnested": "<b><p></b>" * 20_000,
    "tables": "<table><tr><td>" * 20_000,
    "a picture of nowhere": "<p style='background:url(" + " " * 290_000 + "'>",
    "no tags": "<" * 1_000_000,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_left_with_what_is_harmless(name: str) -> None:
    found = sanitize((PAGES / f"{name}.html").read_text("utf-8"), LOGO)
    assert found.html == (PAGES / f"{name}.safe.html").read_text("utf-8")
    assert found.blocked == BLOCKED.get(name, 0)
    assert not found.cut


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_is_left_runs_or_names_something_to_fetch(name: str) -> None:
    page = LexborHTMLParser(sanitize((PAGES / f"{name}.html").read_text("utf-8"), LOGO).html)
    for node in page.css("body *"):
        assert node.tag not in {"script", "style", "svg", "math", "iframe", "form", "input", "link"}
        assert not [name for name in node.attributes if name.startswith("on")]
        assert str(node.attributes.get("src", "data:image/")).startswith("data:image/")
        assert "url(" not in str(node.attributes.get("style"))
        assert not {"id", "name", "class", "srcset", "background"} & set(node.attributes)


def test_links_open_elsewhere_and_give_nothing_away() -> None:
    page = LexborHTMLParser(sanitize("<a href='https://shop.example/' rel=opener>x</a>", {}).html)
    link = page.css_first("a")
    assert link.attributes["target"] == "_blank"
    assert link.attributes["rel"] == "noopener noreferrer"


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_page_takes_more_than_two_seconds(source: str) -> None:
    assert cpu.seconds(lambda: sanitize(source, {})) < 2


def test_a_page_that_is_too_long_or_too_intricate_is_cut_and_says_so() -> None:
    assert not sanitize("a" * LIMIT, {}).cut
    assert sanitize("a" * (LIMIT + 1), {}).cut
    assert not sanitize("<br>" * TAGS_LIMIT, {}).cut
    intricate = sanitize("<br>" * (TAGS_LIMIT + 1), {})
    assert intricate.cut
    assert intricate.html == "<br>" * TAGS_LIMIT


def test_embedded_pictures_do_not_count_for_the_length() -> None:
    picture = "data:image/png;base64," + "A" * LIMIT
    assert sanitize(f"<img src='{picture}'>", {}).html == f'<img src="{picture}">'


def test_a_mail_does_not_name_the_pictures_that_were_set_aside() -> None:
    assert sanitize("<img src='cid:embedded-0'>", {}).html == "<img>"


def test_what_ends_without_having_begun_counts_as_what_it_becomes() -> None:
    assert sanitize("</p>" * (TAGS_LIMIT + 1), {}).html == "<p></p>" * TAGS_LIMIT


@pytest.mark.parametrize(("says", "kept"), [("rtl", ' dir="rtl"'), ("auto", "")])
def test_a_direction_is_kept_where_it_is_one(says: str, kept: str) -> None:
    assert sanitize(f"<p dir={says}>x</p>", {}).html == f"<p{kept}>x</p>"

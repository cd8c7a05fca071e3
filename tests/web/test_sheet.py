"""A mail's HTML as it stands in its frame."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.mail.sanitize import sanitize
from buzon.web.sheet import folded
from peers import cpu

FOLD = "<details><summary>Citado</summary>"
OPEN = "<details open><summary>Citado</summary>"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>Hola</p>", "<p>Hola</p>"),
        (
            "<p>Sí</p><blockquote>a<blockquote>b</blockquote></blockquote>fin",
            f"<p>Sí</p>{FOLD}<blockquote>a<blockquote>b</blockquote></blockquote></details>fin",
        ),
        (
            "x<blockquote>a</blockquote>y<blockquote dir=\"ltr\">b</blockquote>",
            f"x{FOLD}<blockquote>a</blockquote></details>y"
            f'{FOLD}<blockquote dir="ltr">b</blockquote></details>',
        ),
        ("<br><blockquote>a</blockquote>", f"<br>{OPEN}<blockquote>a</blockquote></details>"),
        ("</blockquote>x", "</blockquote>x"),
    ],
)  # fmt: skip
def test_the_outermost_quotes_are_folded(html: str, shown: str) -> None:
    assert folded(html, "Citado") == shown


@pytest.mark.parametrize(
    "evil",
    [
        "<p title='<blockquote>'>a</p>",
        "<p title='x<blockquote>'>a</p><p title='</blockquote><script>alert(1)</script>'>b</p>",
        "<img alt='x<blockquote onerror=alert(1) '>",
        "<blockquote",
        "x<blockquote title='</blockquote>'>a",
    ],
)
def test_words_that_only_look_like_a_quote_break_nothing_out(evil: str) -> None:
    page = LexborHTMLParser(folded(sanitize(evil, {}).html, "Citado"))
    assert not page.css("script, [onerror], [onload]")


def test_many_quotes_take_linear_time() -> None:
    html = "a<blockquote>" * 5_000 + "</blockquote>" * 5_000 + "b<blockquote></blockquote>" * 5_000
    assert cpu.seconds(lambda: folded(html, "Citado")) < 0.5

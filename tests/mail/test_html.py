import pytest
from hypothesis import given
from hypothesis import strategies as st

from buzon.mail.html import to_text
from peers import cpu


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>uno</p><p>dos<br>tres</p>", "uno\n\ndos\ntres"),
        ("<div>uno</div>\n<div><br></div><div>dos</div>", "uno\n\ndos"),
        ("uno <b>dos</b>,\n  tres&nbsp;cuatro", "uno dos, tres cuatro"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"),
        ("<ol><li>a<li>b</ol>fin", "1. a\n2. b\n\nfin"),
        ("<table><tr><td>a</td><td></td><td>b</td></tr><tr><td>c", "a | b\nc"),
        ('<a href="https://example.org/x">aquí</a>', "aquí (https://example.org/x)"),
        ('<a href="https://www.example.org/">example.org</a>', "example.org"),
        ('<a href="javascript:alert(1)">aquí</a>', "aquí"),
        (f'<a href="https://example.org/{"x" * 200}">aquí</a>', "aquí"),
        ('<a href="https://example.org"><img src="x"></a>', ""),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n> > b\nc"),
        ("<style>p{}</style><script>x<p>y</script>a<!-- b > -->c", "ac"),
        ("<!--[if mso]><p>no</p><![endif]--><![if !mso]>sí<![endif]>", "sí"),
        ('<p style="display: none">a</p><p>b</p>', "b"),
        ('<div hidden>a<div>b</div>c</div><div class="hidden">d</div>', "d"),
        ('<p style="display:none">todo oculto</p>', "todo oculto"),
        ('<td style="font-size:0px"><div style="font-size:13px">visible</div></td>', "visible"),
        ('<p title="a > b">c</p>', "c"),
        ("1 < 2 &amp; 3 &#62; 2 &lt;b&gt;", "1 < 2 & 3 > 2 <b>"),
        ("<p class=MsoNormal>a<o:p></o:p></p><p class=MsoNormal>b</p>", "a\nb"),
        ("<pre>  a\n    b</pre>", "  a\n    b"),
        ("&#" + "9" * 5_000 + ";", "\ufffd"),
        ("sin etiquetas", "sin etiquetas"),
        ("", ""),
    ],
)
def test_html_is_read_as_its_reader_sees_it(source: str, text: str) -> None:
    assert to_text(source) == text


BOMBS = {
    "nested": "<div>" * 300_000,
    "formatting": "".join(f"<b a={number}>" for number in range(20_000)) + "</p><p>x" * 50_000,
    "attributes": "<p " + " ".join(f"a{number}=1" for number in range(200_000)) + ">x",
    "quoted marks": '<a x=">" ' * 200_000,
    "open styles": '<p style="none' * 100_000,
    "open tags": "<a" * 800_000,
    "comments": "<!--" * 400_000,
    "declarations": "<!x" * 500_000,
    "end tags": "</style" * 200_000,
    "raw text": "<script>" + "</scrip" * 200_000,
    "cells": "<tr>" + "<td>abc " * 200_000,
    "links": '<a href="https://example.org/">x' * 50_000,
    "hidden": "<svg>" * 300_000,
    "entities": "&#x110000;&#0;&#xD800;&" * 80_000,
    "less than": "<" * 2_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_time_is_linear(name: str) -> None:
    assert cpu.seconds(lambda: to_text(BOMBS[name])) < 1
    assert len(to_text(BOMBS[name])) <= 500_000


def test_text_behind_too_many_tags_is_kept() -> None:
    assert "fin" in to_text("<b><i>" * 50_000 + "fin")


@given(st.text(alphabet="<>/a!-\"'= &;#x0\np", max_size=100))
def test_any_source_gives_text_that_can_be_stored(source: str) -> None:
    text = to_text(source)
    assert "\0" not in text
    text.encode("utf-8")

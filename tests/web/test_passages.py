"""A mail's text in the pieces that it is shown in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buzon.mail import clean
from buzon.web.passages import passages
from peers import cpu
from web.fake_desk import FakeDesk, make_event

MAIL = """Hola:

¿Llegan el martes?

Un saludo,
Ana
Tel. 600 123 456

El lun, 3 feb 2025 a las 10:15, Tienda <tienda@example.com> escribió:
> Hemos recibido su pedido.
>
> Un saludo,
> Tienda
"""

LINES = st.lists(
    st.sampled_from(["", "Hola", "> citado", "-- ", "Tel. 600 123 456", "De: ana@x.es"])
)


def text_of(body: str) -> str:
    return "".join(s.text for passage in passages(body) for s in passage.segments)


@given(LINES.map("\n".join) | st.text())
def test_not_one_character_is_lost_or_moved(body: str) -> None:
    assert text_of(body) == body


def test_quoted_history_is_folded_and_says_how_many_lines_it_has() -> None:
    (quoted,) = [passage for passage in passages(MAIL) if passage.is_folded]
    assert quoted.lines == 5
    assert quoted.segments[0].text.startswith("El lun, 3 feb")


def test_the_end_of_a_mail_is_told_from_what_it_says() -> None:
    (ending,) = [passage for passage in passages(MAIL) if passage.is_ending]
    assert ending.segments[0].text.strip() == "Tel. 600 123 456"
    assert not passages(MAIL)[0].is_ending


def test_a_quote_of_few_lines_stays_open() -> None:
    short = (
        "El lun, 3 feb 2025 a las 10:15, Tienda <tienda@example.com> escribió:\n"
        "> ¿Cuál de las dos cajas?\n\nLa grande, por favor, la de 60.\n"
    )
    assert [passage.kind for passage in passages(short)] == ["history", "newest"]
    assert not [passage for passage in passages(short) if passage.is_folded]


async def test_what_decided_is_cut_where_the_passages_are() -> None:
    desk = FakeDesk([make_event(1, body=MAIL)])
    desk.weights = {"el martes": 1.0, "Un saludo,\nAna\nTel": -0.5}
    explained = await desk.explain(1)
    cut = [
        (passage.kind, segment.text)
        for passage in passages(MAIL, explained)
        for segment in passage.segments
        if segment.weight is not None
    ]
    assert cut == [
        ("newest", "el martes"),
        ("newest", "Un saludo,\nAna\n"),
        ("signature", "Tel"),
    ]


@pytest.mark.parametrize("line", ["> a\nb\n", "-- \nAna\n", "De: a\nPara: b\n"])
def test_many_passages_take_no_longer_than_the_telling_apart(line: str) -> None:
    body = (line * 100_000)[: clean.parts.MAX_LENGTH]
    assert cpu.seconds(lambda: passages(body)) < 1

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buzon.classifier.codes import (
    ADDRESS,
    CHUNK_CHARS,
    CHUNK_TEXTS,
    LINK,
    MAX_CHARS,
    chunks,
    read_subject,
)
from buzon.classifier.reading import reading


def read(text: str) -> str:
    """What is left of a text, one character a code."""
    with reading(text) as found:
        shown = "".join(map(chr, found["code"].tolist()))
    return " ".join(shown.replace("\0", " ").split())


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("¿Cuándo LLEGARÁ?", "¿cuando llegara?"),
        ("Straße İstanbul ŒUVRE", "straße istanbul œuvre"),
        ("Pedido 8841 del 12/03", "pedido 0 del 0/0"),
        ("son 1.250,00 € o £5.", "son 0 $ o $0."),
        ("1ª, n.º 3", "0a, n.o 0"),
        ("«hola» – ‘adiós’", "'hola' - 'adios'"),
        ("zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"),
        ("tab\tline\nnbsp\u00a0end", "tab line nbsp end"),
        ("٤٢ días", "0 dias"),
    ],
)
def test_what_does_not_matter_is_folded(text: str, seen: str) -> None:
    assert read(text) == seen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a <ana@correo.example>, gracias", f"a {chr(ADDRESS)} gracias"),
        ("ver https://www.example.com/a?b=1@2 ya", f"ver {chr(LINK)} ya"),
        ("www.example.org", chr(LINK)),
        ("vino @ casa", f"vino {chr(ADDRESS)} casa"),
        ("a@b.example c@d.example", f"{chr(ADDRESS)} {chr(ADDRESS)}"),
        ("w.w ww.a hora: //", "w.w ww.a hora: //"),
    ],
)
def test_an_address_or_a_link_becomes_one_code(text: str, seen: str) -> None:
    assert read(text) == seen


@given(st.text(st.characters(max_codepoint=0x24F, categories=["L"]), max_size=40))
def test_composed_and_decomposed_letters_read_the_same(text: str) -> None:
    assert read(unicodedata.normalize("NFD", text)) == read(unicodedata.normalize("NFC", text))


@given(st.lists(st.text(st.characters(), max_size=30), max_size=8))
def test_any_text_can_be_read_and_keeps_its_place(texts: list[str]) -> None:
    assert [text[1:-1] for chunk in chunks(texts) for text in chunk] == texts


def test_chunks_are_bounded_however_many_and_long_the_texts() -> None:
    texts = ["x" * 10 * MAX_CHARS] * 20 + [""] * 3 * CHUNK_TEXTS + ["ab"] * CHUNK_CHARS
    seen = list(chunks(texts))
    assert sum(map(len, seen)) == len(texts)
    assert max(sum(map(len, chunk)) for chunk in seen) <= CHUNK_CHARS
    assert max(map(len, seen)) <= CHUNK_TEXTS


@pytest.mark.parametrize(
    ("subject", "body", "read"),
    [
        ("Lavadora rota", "No centrifuga.", "Lavadora rota"),
        ("Re: Lavadora rota", "¿Tiene garantía?", ""),
        ("RE: re[2]: AW: Lavadora", "¿Tiene garantía?", ""),
        ("R: Lavatrice", "Grazie, quanto costa?", ""),
        ("Re: Lavadora rota", " \n", "Re: Lavadora rota"),
        ("RV: Lavadora rota", "Os lo paso.", "RV: Lavadora rota"),
        ("Re: Fwd: Lavadora rota", "Os lo paso.", "Re: Fwd: Lavadora rota"),
        ("Referencia 12: lavadora", "No va.", "Referencia 12: lavadora"),
        ("Re" + " :" * 5000, "x", ""),
        ("Re" + " " * 5000 + ": hola", "x", "Re" + " " * 5000 + ": hola"),
    ],
)
def test_the_subject_of_an_answer_is_that_of_another_mail(
    subject: str, body: str, read: str
) -> None:
    assert read_subject(subject, body) == read

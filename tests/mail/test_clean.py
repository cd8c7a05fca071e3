"""The thread files: NAME.txt is a mail's text, NAME.newest.txt what its sender wrote in it."""

import json
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import buzon.classifier
from buzon.mail import clean

THREADS = Path(__file__).parent / "threads"
NAMES = sorted(path.stem.removesuffix(".newest") for path in THREADS.glob("*.newest.txt"))
CORPUS = Path(buzon.classifier.__file__).parent / "corpus"

HOSTILE = {
    "attributions": "El lun, 3 feb 2025 a las 10:15, X escribió\n",
    "attributions with colon": "El lun, 3 feb 2025 a las 10:15, X me escribió:\n",
    "open attribution": "On x ",
    "quote marks": "> ",
    "nested quotes": ">",
    "dashes": "-",
    "rules": "----------\n\n",
    "header lines": "De: a\n",
    "wrapped recipients": "De: a@example.com,\n",
    "spaces": " ",
    "blank lines": "\n",
    "delimiters": "-- \n",
    "delimiters with text": "-- \nx\n",
    "disclaimers": "este mensaje es\n",
    "disclaimers in one paragraph": "este mensaje es de mi cuenta y confidencial al destinatario ",
    "closings": "un saludo\n600 123 456\n",
    "digits": "600 ",
    "entities": "&gt;",
    "arrows": "> 3 cajas\ntexto\n",
    "phones": "enviado desde mi iphone\n",
}


def filled(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def is_subsequence(lines: list[str], of: list[str]) -> bool:
    rest = iter(of)
    return all(line in rest for line in lines)


def read(name: str) -> str:
    return (THREADS / f"{name}.txt").read_text(encoding="utf-8")


def test_there_are_threads_of_many_clients_and_mails_that_must_not_be_cut() -> None:
    assert len(NAMES) >= 100
    assert sum(name.startswith("uncut-") for name in NAMES) >= 20


@pytest.mark.parametrize("name", NAMES)
def test_the_newest_text_of_a_thread_is_what_its_sender_wrote(name: str) -> None:
    assert filled(clean.newest(read(name))) == filled(read(f"{name}.newest"))


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("uncut-")])
def test_own_words_that_look_like_history_are_not_cut(name: str) -> None:
    assert filled(clean.newest(read(name))) == filled(read(name))


@pytest.mark.parametrize("name", NAMES)
def test_windows_line_ends_change_nothing(name: str) -> None:
    with_crlf = read(name).replace("\n", "\r\n")
    assert filled(clean.newest(with_crlf)) == filled(read(f"{name}.newest"))


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_joined_are_the_whole_mail(name: str) -> None:
    parts = clean.split(read(name))
    assert "".join(segment.text for segment in parts.segments) == read(name)


def test_the_parts_tell_history_signature_and_disclaimer_apart() -> None:
    parts = clean.split(
        "Ya llegó.\n\nEnviado desde mi iPhone\n\n"
        "Este mensaje es confidencial y solo para su destinatario.\n\n"
        "El 3 feb 2025, a las 10:15, Ana <ana@example.com> escribió:\n> ¿Llegó?\n"
    )
    assert parts.newest == "Ya llegó."
    assert parts.signature.strip() == "Enviado desde mi iPhone"
    assert parts.disclaimer.startswith("Este mensaje es confidencial")
    assert parts.history.endswith("escribió:\n> ¿Llegó?\n")


def mails(of: str | None = None) -> st.SearchStrategy[str]:
    """Lines of real threads in any order, with any text between."""
    lines = sorted({line for name in NAMES for line in read(name).splitlines()})
    return st.lists(st.sampled_from(lines) | st.text(max_size=30), max_size=25).map("\n".join)


@given(mails() | st.text())
def test_whatever_the_text_the_newest_is_made_of_its_lines_and_never_empty(text: str) -> None:
    newest = clean.newest(text)
    assert is_subsequence(filled(newest), filled(text))
    assert bool(newest.strip()) == bool(text.strip())
    assert "".join(segment.text for segment in clean.split(text).segments) == text


@given(mails() | st.text())
def test_the_newest_lines_stand_in_the_text_where_they_say(text: str) -> None:
    parts = clean.split(text)
    for at, line in parts.newest_lines:
        assert text[at : at + len(line)] == line
        assert at == 0 or text[at - 1 : at].splitlines() == [""]
    assert "\n".join(line for _, line in parts.newest_lines) == parts.newest == clean.newest(text)


@given(mails())
def test_cleaning_what_was_cleaned_raises_nothing_and_keeps_something(text: str) -> None:
    once = clean.newest(text)
    assert is_subsequence(filled(clean.newest(once)), filled(once))


def test_of_a_huge_mail_only_the_head_is_looked_at() -> None:
    text = "Necesito dos cajas.\n" + "línea\n" * 100_000
    parts = clean.split(text)
    assert len(parts.newest) <= 200_000
    assert parts.segments[-1].kind == "rest"
    assert "".join(segment.text for segment in parts.segments) == text


def fastest(text: str) -> float:
    seconds = []
    for _ in range(5):
        start = process_time()
        clean.split(text)
        seconds.append(process_time() - start)
    return min(seconds)


@pytest.mark.parametrize("pattern", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_no_faster_than_the_mail(pattern: str) -> None:
    eighth, whole = (pattern * (size // len(pattern)) for size in (22_500, 180_000))
    # Eight times as long where it is linear, 64 times where it is quadratic; a busy machine may
    # make it twice as long.
    assert fastest(whole) <= 24 * fastest(eighth) + 0.02


def corpus() -> list[tuple[str, str]]:
    rows = [
        json.loads(line)
        for path in sorted(CORPUS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [(row["id"], row["body"]) for row in rows]


def announces_history(body: str) -> bool:
    """Whether a mail of the corpus has quotes or forwards: the marks that it uses for them."""
    return any(
        row.lstrip().startswith(
            (">", "&gt;", "--", "De:", "From:", "Gesendet:", "Envoyé :", "Inviato:")
        )
        or row.rstrip().endswith(("escribió:", "wrote:"))
        or "forwarded message" in row
        or row.startswith("Anfang der weitergeleiteten Nachricht")
        for row in body.splitlines()
    )


def test_a_mail_of_the_corpus_without_quotes_loses_only_signature_and_disclaimer() -> None:
    plain = [(name, body) for name, body in corpus() if not announces_history(body)]
    assert len(plain) > 3_000
    assert [name for name, body in plain if clean.split(body).history] == []


def test_the_quotes_of_the_corpus_are_found() -> None:
    left = {
        name
        for name, body in corpus()
        if any(row.startswith(">") and len(row) > 40 for row in clean.newest(body).splitlines())
    }
    # A newsletter's headings, a machine's notice, answers between lines that could be headings too,
    # and a line without an end: nothing tells that somebody is quoted.
    assert left == {"otro-0032", "otro-0156", "es-i-0294", "es-i-0475", "es-i-0581"}


@pytest.mark.parametrize("text", ["hola\n\u200b", "&#" + "9" * 5000 + ";", "a &#xfffffffff; b"])
def test_a_line_of_nothing_to_see_and_a_number_that_is_no_character_are_read(text: str) -> None:
    assert clean.newest(text)
    assert "".join(segment.text for segment in clean.split(text).segments) == text

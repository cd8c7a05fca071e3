import os
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buzon.classifier import codes, reading
from buzon.classifier.corpus import starter
from buzon.classifier.reading import Analyzer, readings
from classifier import plain

PIECES = st.sampled_from([
    "Quiero", " un ", "reembolso", "ya", "?", "¿Cuándo", "!", "$", ",", ".", ". ", "\n", "  ", "a",
    "1.250,00", "4", "€", "ana@correo.example", "https://x.example/a?b=1.2", "www.", "devolvedme",
    "e\u0301", "\u0301", "\u200b", "\u00ad", "\ud800", "😀", "«", "ß", "ﬁ", "\0", "@", "://", "w",
])  # fmt: skip
any_texts = st.lists(PIECES, max_size=60).map("".join) | st.text(st.characters(), max_size=60)
simple_texts = st.text("abcxyz ?!,'-\n", max_size=60)


def taken(text: str, *names: str) -> list[list[int]]:
    with reading.reading(text) as read:
        return [read[name].tolist() for name in names]


@given(any_texts)
def test_a_text_is_read_as_plain_python_reads_it(text: str) -> None:
    code, line_end = taken(text, "code", "line_end")
    assert list(zip(map(chr, code), line_end, strict=True)) == plain.codes(text)
    hashes, meanings, edge = taken(text, "word_hash", "word_meaning", "word_edge")
    words = plain.words(text)
    assert hashes == list(map(plain.hashed, words))
    assert meanings == list(map(plain.meaning, words))
    for bit, sentences in zip((1, 2), plain.edges(text), strict=True):
        assert [word for word, where in zip(words, edge, strict=True) if where & bit] == sentences
    assert taken(text, "spelling_hash") == [list(map(plain.hashed, plain.spellings(text)))]


def edges(*texts: str) -> list[tuple[str, str]]:
    """The letters with which the words of each text's opening and closing begin."""
    with closing(readings(texts)) as chunks:
        read = next(chunks)
        letters = [chr(code) for code in read["code"][read["word_start"]]]
        edge, border = read["word_edge"].tolist(), read["word_border"].tolist()
    of_texts = [slice(*ends) for ends in pairwise(border)]
    return [
        tuple(
            "".join(x for x, where in zip(letters[one], edge[one], strict=True) if where & bit)
            for bit in (1, 2)
        )
        for one in of_texts
    ]


def test_the_first_and_the_last_two_sentences_are_the_edges() -> None:
    text = "s\n\na a a a. b b b b! c c c c\nd d d d? e e e e."
    assert edges(text) == [("aaaabbbb!", "dddd?eeee")]


def test_short_lines_as_greetings_and_names_are_no_sentences() -> None:
    assert edges("s\n\nh b t,\na a a a. b b b b. c c c c.\nu s.\nA B") == [("aaaabbbb", "bbbbcccc")]


def test_the_subject_is_no_sentence_of_the_body() -> None:
    assert edges("s s s s\n\na a a a.") == [("aaaa", "aaaa")]


def test_a_mail_without_a_long_sentence_is_edge_as_far_as_it_goes() -> None:
    assert edges("s\n\na a. b b. c c.", "a a", "") == [("saa", "bbcc"), ("aa", "aa"), ("", "")]


def test_edges_do_not_depend_on_the_texts_beside_them() -> None:
    texts = ["s\n\na a a a. b b b b. c c c c.", "", "d d d d", "e\n\nf f f f f. g\nh h h h h h"]
    assert edges(*texts) == [edges(text)[0] for text in texts]


def listed(text: str, analyzer: Analyzer, reach: int) -> tuple[list[int], list[int], list[int]]:
    """N-grams in columns enough for each to have one of its own, and where they are."""
    with reading.reading(text) as read:
        columns, first, second = read.listed((analyzer, reach, 30))
    return columns.tolist(), first.tolist(), second.tolist()


@given(simple_texts)
def test_pairs_of_words_have_a_column_of_their_own_and_are_where_their_places_say(
    text: str,
) -> None:
    words = re.findall(r"[a-z]+|[?!$]", text)
    columns, first, second = listed(text, "words", 3)
    # A single word and a pair of the same word twice are told apart by the distance.
    pairs = [(words[a], words[b], a == b) for a, b in zip(first, second, strict=True)]
    expected = [(words[i], w, not d) for d in range(4) for i, w in enumerate(words[d:])]
    assert Counter(pairs) == Counter(expected)
    assert len(set(zip(pairs, columns, strict=True))) == len(set(pairs)) == len(set(columns))


@given(simple_texts)
def test_characters_in_a_row_have_a_column_of_their_own_and_are_where_their_places_say(
    text: str,
) -> None:
    columns, start, end = listed(text, "chars", 4)
    (code,) = taken(text, "code")
    written = "".join(map(chr, code)).replace("\0", " ")
    pieces = [written[a:b] for a, b in zip(start, end, strict=True)]
    spelt = [f" {word} " for word in set(text.split())]
    expected = [w[i : i + n] for w in spelt for n in (2, 3, 4) for i in range(len(w) - n + 1)]
    assert Counter(pieces) == Counter(expected)
    assert len(set(zip(pieces, columns, strict=True))) == len(set(pieces)) == len(set(columns))


@pytest.mark.parametrize("analyzer", ["words", "concepts", "edge words", "edge concepts"])
def test_every_ngram_has_a_place(analyzer: Analyzer) -> None:
    text = "Pedido\n\nQuiero el reembolso ya. ¿Me devuelven el dinero? Gracias."
    columns, first, last = listed(text, analyzer, 3)
    assert len(columns) == len(first) == len(last) > 5
    assert all(a <= b < len(plain.words(text)) for a, b in zip(first, last, strict=True))


def test_what_means_the_same_is_the_same_in_every_language() -> None:
    spanish = listed("Quiero el reembolso", "concepts", 3)
    assert spanish[0] == listed("möchte die Erstattung", "concepts", 3)[0]
    assert spanish[0] != listed("Quiero el pedido", "concepts", 3)[0]


def test_the_opening_and_the_closing_are_told_apart() -> None:
    middle = "esto de en medio. " * 3
    first, _, _ = listed(f"asunto\n\nquiero un reembolso ya. {middle}", "edge words", 1)
    last, _, _ = listed(f"asunto\n\n{middle}quiero un reembolso ya.", "edge words", 1)
    assert len(first) == len(last)
    assert sorted(first) != sorted(last)


@pytest.mark.parametrize("analyzer", get_args(Analyzer))
def test_a_text_without_words_has_no_ngrams_of_them(analyzer: Analyzer) -> None:
    assert listed(" \n\n", analyzer, 3)[0] == listed("", analyzer, 3)[0] == []


def test_readings_may_stand_beside_each_other() -> None:
    with reading.reading("uno dos") as one, reading.reading("tres") as other:
        assert len(one["word_hash"]) == 2
        assert len(other["word_hash"]) == 1


def test_any_number_of_threads_read_at_once() -> None:
    texts = [sample.body for sample in starter()[:300]]
    expected = [taken(text, "word_hash") for text in texts]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda text: taken(text, "word_hash"), texts)) == expected


def test_a_fork_reads_on() -> None:
    expected = taken("uno dos", "word_hash")
    fork = os.fork()
    if not fork:
        os._exit(taken("uno dos", "word_hash") != expected)
    assert os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]) == 0


def test_what_many_marks_made_grow_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_idle", [])
    monkeypatch.setattr(reading, "_MOST_BYTES", 1 << 24)
    for read in readings(["? " * (codes.MAX_CHARS // 2)] * 4):
        counts = read.counted(("words", 60, 18))
        assert len(counts) == 3 or len(counts) == 1
    assert reading._idle == []

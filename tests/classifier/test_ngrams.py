import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buzon.classifier.codes import chunks
from buzon.classifier.ngrams import Analyzer, Reading

# Letters and marks whose folding is the identity, so that plain Python can say what is right.
plain_texts = st.text("abcxyz ?!,'-\n", max_size=60)


def hashes(text: str, analyzer: Analyzer, reach: int) -> list[int]:
    (codes,) = chunks([text])
    found, _ = Reading(codes).ngrams(analyzer, reach)
    return found.tolist()


def counts(text: str, analyzer: Analyzer, reach: int) -> list[int]:
    """How often each hash occurs."""
    return sorted(Counter(hashes(text, analyzer, reach)).values())


@settings(deadline=None)  # the first call makes the tables
@given(plain_texts)
def test_pairs_of_words_have_a_hash_of_their_own(text: str) -> None:
    words = re.findall(r"[a-z]+|[?!$]", text)
    pairs = [(words[i], w) for d in (1, 2, 3) for i, w in enumerate(words[d:])]
    plain = Counter([*[(word,) for word in words], *pairs])
    assert counts(text, "words", 3) == sorted(plain.values())


def test_what_means_the_same_is_the_same_in_every_language() -> None:
    spanish = hashes("Quiero el reembolso", "concepts", 3)
    assert spanish == hashes("möchte die Erstattung", "concepts", 3)
    assert spanish != hashes("Quiero el pedido", "concepts", 3)


def test_the_opening_and_the_closing_are_told_apart() -> None:
    middle = "esto de en medio. " * 3
    first = hashes(f"asunto\n\nquiero un reembolso ya. {middle}", "edge words", 1)
    last = hashes(f"asunto\n\n{middle}quiero un reembolso ya.", "edge words", 1)
    assert len(first) == len(last)
    assert sorted(first) != sorted(last)


@pytest.mark.parametrize("analyzer", ["words", "concepts", "edge words", "edge concepts"])
def test_a_text_without_words_has_no_ngrams(analyzer: Analyzer) -> None:
    assert hashes(" ,\n\n", analyzer, 3) == []


@settings(deadline=None)  # the first call makes the tables
@given(plain_texts)
def test_ngrams_are_of_the_words_that_their_places_say(text: str) -> None:
    (codes,) = chunks([text])
    reading, words = Reading(codes), re.findall(r"[a-z]+|[?!$]", text)
    found, _ = reading.ngrams("words", 3)
    places = zip(*(each.tolist() for each in reading.places("words", 3)), strict=True)
    # A single word and a pair of the same word twice are told apart by the distance.
    pairs = [(words[first], words[last], first == last) for first, last in places]
    assert len(pairs) == len(found)
    assert len(set(zip(pairs, found.tolist(), strict=True))) == len(set(pairs))
    assert len(set(found.tolist())) == len(set(pairs))


@pytest.mark.parametrize("analyzer", ["words", "concepts", "edge words", "edge concepts"])
def test_every_ngram_has_a_place(analyzer: Analyzer) -> None:
    (codes,) = chunks(["Pedido\n\nQuiero el reembolso ya. ¿Me devuelven el dinero? Gracias."])
    reading = Reading(codes)
    found, _ = reading.ngrams(analyzer, 3)
    first, last = reading.places(analyzer, 3)
    assert len(found) == len(first) == len(last) > 5
    assert all(first <= last)
    assert max(last) < len(reading.words.start)

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buzon.classifier.attribution import attribute
from buzon.classifier.features import HashedNgrams
from buzon.classifier.reading import reading
from buzon.classifier.tfidf import Part, TfidfUnion

WORDS = HashedNgrams("words", reach=2, bits=1)  # two columns: hardly an n-gram has one for itself
CHARS = HashedNgrams("chars", reach=3, bits=1)
TEXT = "uno dos tres dos cuatro dos cinco"
UNION = TfidfUnion((Part(WORDS),), Part(CHARS), min_texts=1).fit([TEXT])
ALL = np.ones(1)


def added(text: str, weights: list[float]) -> list[float]:
    """What each piece between spaces adds, where the four columns weigh so much."""
    column = np.array(weights, dtype=np.float32)[:, np.newaxis]
    with reading(text) as read:
        of_codes = attribute(UNION, read, column, ALL)
        start, end = read["run_start"], read["run_end"]
    return [float(sum(of_codes[a:b])) for a, b in zip(start, end, strict=True)]


def test_ngrams_of_one_column_share_what_it_adds_by_how_often_they_occur() -> None:
    column_of_weight = 0
    with reading(TEXT) as read:
        columns, *ends = (each.tolist() for each in read.listed(WORDS.kind))
    often = Counter(columns)
    assert min(often.values()) > 5
    value = 3.0 * UNION.transform([TEXT]).toarray()[0, column_of_weight]
    expected = [0.0] * 7
    for column, first, last in zip(columns, *ends, strict=True):
        if column == column_of_weight:
            expected[first] += value / often[column] / 2
            expected[last] += value / often[column] / 2
    assert added(TEXT, [3, 0, 0, 0]) == pytest.approx(expected)


def test_a_spelling_that_occurs_twice_shares_what_it_adds_once() -> None:
    twice, once = added("dos uno dos", [0, 0, 3, -2]), added("uno dos", [0, 0, 3, -2])
    assert twice[0] == twice[2] != 0
    assert twice[0] == pytest.approx(once[1] / 2)
    assert twice[1] == pytest.approx(once[0])


@given(st.text("abc ?,\n1@", max_size=60), st.lists(st.floats(-9, 9), min_size=4, max_size=4))
def test_all_together_is_the_product_with_the_features(text: str, weights: list[float]) -> None:
    product = UNION.transform([text]).toarray()[0] @ np.array(weights)
    assert sum(added(text, weights)) == pytest.approx(product, abs=1e-5)

import pickle
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from buzon.classifier.codes import CHUNK_CHARS, MAX_CHARS, join_fields
from buzon.classifier.corpus import starter
from buzon.classifier.features import Columns, HashedNgrams
from buzon.classifier.reading import Analyzer
from classifier import plain

WORDS = HashedNgrams("words", reach=3, bits=20)
CHARS = HashedNgrams("chars", reach=5, bits=20)

any_texts = st.text(st.sampled_from("aBñé0. ,?!\n$@w/:'\u0301\u200b😀ßﬁ"), max_size=80) | st.text()


@given(any_texts, st.sampled_from(get_args(Analyzer)), st.integers(2, 6), st.integers(6, 20))
def test_ngrams_are_counted_as_plain_python_counts_them(
    text: str, analyzer: Analyzer, reach: int, bits: int
) -> None:
    counts = HashedNgrams(analyzer, reach, bits).transform([text])
    found = dict(zip(counts.indices.tolist(), counts.data.tolist(), strict=True))
    assert found == plain.columns(text, analyzer, reach, bits)


@pytest.mark.parametrize("analyzer", get_args(Analyzer))
def test_mails_of_any_language_are_counted_as_plain_python_counts_them(analyzer: Analyzer) -> None:
    texts = [join_fields(sample.subject, sample.body) for sample in starter()[::90]]
    counts = HashedNgrams(analyzer, 4, 17).transform(texts)
    for row, text in zip(counts, texts, strict=True):
        found = dict(zip(row.indices.tolist(), row.data.tolist(), strict=True))
        assert found == plain.columns(text, analyzer, 4, 17)


@given(st.lists(st.text(st.characters(), max_size=40), min_size=1, max_size=10))
def test_a_row_does_not_depend_on_the_texts_beside_it(texts: list[str]) -> None:
    for analyzer in get_args(Analyzer):
        ngrams = HashedNgrams(analyzer)
        together = ngrams.transform(texts)
        for at, text in enumerate(texts):
            alone = ngrams.transform([text])
            assert (together[at] != alone).nnz == 0


def test_a_row_is_the_same_in_every_chunk() -> None:
    mail = "El pedido 8841 no ha llegado, ¿qué hago?"
    rows = CHARS.transform([mail] * (3 * CHUNK_CHARS // len(mail)))
    assert (rows[0] != rows[-1]).nnz == 0
    assert len(np.unique(np.diff(rows.indptr))) == 1


def test_hashes_are_the_same_on_every_machine() -> None:
    """Written down once: a change here means that every model must be trained anew."""
    assert WORDS.transform(["¿Dónde está?"]).indices.tolist() == [
        45964,
        211193,
        229054,
        437373,
        504962,
        785340,
    ]
    assert CHARS.transform(["año"]).indices.tolist() == [
        56014,
        225007,
        286777,
        398031,
        425697,
        847569,
        849130,
        864566,
        892175,
        930519,
    ]


def test_hashes_spread_evenly() -> None:
    texts = [f"{a}{b}{c}" for a in "bcdfghlmnp" for b in "aeiou" for c in "rstvxz"]
    columns = HashedNgrams("words", bits=8).transform(texts).indices
    load = np.bincount(columns, minlength=256)
    # 300 words into 256 cells at random leave about 79 empty, plus or minus 6.
    assert 55 <= (load == 0).sum() <= 105


def test_the_matrix_is_canonical_float32() -> None:
    matrix = WORDS.transform(["uno dos uno dos", "", "tres"])
    assert matrix.dtype == np.float32
    assert matrix.shape == (3, 1 << 20)
    matrix.check_format(full_check=True)
    assert matrix.has_canonical_format
    assert matrix.getnnz(axis=1)[1] == 0


def test_no_texts_give_no_rows() -> None:
    assert WORDS.transform([]).shape == (0, 1 << 20)


def test_a_text_is_read_up_to_its_cap() -> None:
    long = "ab " * MAX_CHARS
    assert (CHARS.transform([long]) != CHARS.transform([long[:MAX_CHARS]])).nnz == 0


@pytest.mark.parametrize("text", ["\ud800", "\x00", "\uffff\ufffe", "😀" * 3, "\U0010ffff", "ﷺ"])
def test_strange_characters_are_read_without_failing(text: str) -> None:
    assert WORDS.transform([text]).shape[0] == 1


def test_it_is_a_scikit_learn_transformer() -> None:
    copy = clone(HashedNgrams("chars", reach=4, bits=10))
    assert copy.get_params() == {"analyzer": "chars", "reach": 4, "bits": 10}
    copy.set_params(bits=12)
    assert copy.fit_transform(["hola"]).shape == (1, 1 << 12)


@pytest.mark.parametrize(
    "parameters", [{"analyzer": "lines"}, {"bits": 0}, {"bits": 21}, {"reach": 0}, {"reach": 65}]
)
def test_a_parameter_without_sense_is_refused(parameters: dict[str, object]) -> None:
    (name,) = parameters
    with pytest.raises(ValueError, match=name):
        HashedNgrams().set_params(**parameters).transform(["hola"])


@pytest.mark.parametrize("bits", [(1, 2), (5, 9)])
def test_columns_that_are_stored_are_the_same(bits: tuple[int, int]) -> None:
    parts = [HashedNgrams(bits=each) for each in bits]
    chosen = np.random.default_rng(2).random(sum(1 << each for each in bits)) < 0.5
    columns = Columns.kept(chosen, parts)
    stored = pickle.loads(pickle.dumps(columns))  # noqa: S301 - our own
    assert np.array_equal(stored.place, columns.place)
    assert stored.place.dtype == columns.place.dtype
    assert np.array_equal(stored.borders, columns.borders)

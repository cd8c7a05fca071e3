import threading

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer

from buzon.classifier.features import HashedNgrams
from buzon.classifier.tfidf import Part, TfidfUnion

TEXTS = ["el pedido no llega", "¿cuánto cuesta el pedido?", "", "otro pedido, por favor", "?"]
WORDS, CHARS = HashedNgrams("words", reach=3, bits=12), HashedNgrams("chars", reach=5, bits=10)


def of_words_and_of_chars(
    union: TfidfUnion, texts: list[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    words, chars = union.split(union.fit_transform(texts).toarray().T)
    return words.T, chars.T


def used(counts: csr_matrix) -> csr_matrix:
    """The columns that any text has."""
    return counts[:, counts.getnnz(axis=0) > 0]


def test_words_are_weighed_as_scikit_learn_does_without_our_own_twists() -> None:
    parts = (Part(WORDS, length=1, credible=0), Part(WORDS, length=0.5, credible=0))
    ours, _ = of_words_and_of_chars(TfidfUnion(parts, min_texts=1), TEXTS)
    peer = TfidfTransformer(sublinear_tf=True).fit_transform(used(WORDS.transform(TEXTS)))
    both = np.hstack([peer.toarray(), 0.5 * peer.toarray()])
    np.testing.assert_allclose(ours, both, atol=1e-6)


def test_characters_point_where_scikit_learn_points_whatever_repeats_in_a_text() -> None:
    chars = Part(CHARS, credible=0)
    texts = [*TEXTS, "otro otro pedido"]
    _, ours = of_words_and_of_chars(TfidfUnion((Part(WORDS),), chars, min_texts=1), texts)
    peer = TfidfTransformer().fit_transform(used(CHARS.transform(texts)))
    lengths = np.sqrt(np.square(ours).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(ours, peer.multiply(lengths).toarray(), atol=1e-6)


def test_what_few_training_texts_have_is_no_feature() -> None:
    union = TfidfUnion((Part(WORDS),), min_texts=2)
    words, _ = of_words_and_of_chars(union, ["uno dos", "uno tres"])
    assert words.shape == (2, 1)
    assert union.transform(["dos tres"]).nnz < union.transform(["uno"]).nnz


@pytest.mark.parametrize("threads", [1, 2])
def test_texts_learnt_from_get_the_rows_of_any_text_on_two_cores_and_on_one(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: threads)
    texts = [*TEXTS, *(f"{text} {number}" for number, text in enumerate(TEXTS * 900))]
    union = TfidfUnion()
    learnt, asked = union.fit_transform(texts), union.transform(texts)
    assert learnt.shape == asked.shape
    assert np.array_equal(learnt.indptr, asked.indptr)
    assert np.array_equal(learnt.indices, asked.indices)
    assert np.array_equal(learnt.data, asked.data)


def test_a_text_that_says_little_stays_short() -> None:
    union = TfidfUnion((Part(WORDS),)).fit(TEXTS)
    lengths = np.sqrt(union.transform(["?", "¿cuánto cuesta el pedido?"]).power(2).sum(axis=1))
    assert lengths[0] < lengths[1] < np.sqrt(2)


def test_a_projection_is_the_product_with_the_features() -> None:
    union = TfidfUnion((Part(WORDS), Part(WORDS, length=0.3)), Part(CHARS), min_texts=2).fit(TEXTS)
    weights = np.random.default_rng(1).normal(size=(union.width, 3)).astype(np.float32)
    product = union.transform(TEXTS) @ weights
    np.testing.assert_allclose(union.project(TEXTS, weights).scores, product, atol=1e-5)
    assert union.project([], weights).scores.shape == (0, 3)
    assert union.transform([]).shape == (0, union.width)

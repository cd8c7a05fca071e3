import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfTransformer

from buzon.classifier.features import HashedNgrams
from buzon.classifier.tfidf import Part, TfidfUnion

TEXTS = ["el pedido no llega", "¿cuánto cuesta el pedido?", "", "otro pedido, por favor", "?"]
WORDS, CHARS = HashedNgrams("words", reach=3, bits=12), HashedNgrams("chars", reach=5, bits=10)


def test_words_are_weighed_as_scikit_learn_does_without_our_own_twists() -> None:
    parts = (Part(WORDS, length=1, credible=0), Part(WORDS, length=0.5, credible=0))
    ours = TfidfUnion(parts, min_texts=1).fit_transform(TEXTS)[:, : 2**13]
    peer = TfidfTransformer(sublinear_tf=True).fit_transform(WORDS.transform(TEXTS)).toarray()
    np.testing.assert_allclose(ours.toarray(), np.hstack([peer, 0.5 * peer]), atol=1e-6)


def test_characters_point_where_scikit_learn_points_whatever_repeats_in_a_text() -> None:
    chars = Part(CHARS, credible=0)
    texts = [*TEXTS, "otro otro pedido"]
    ours = TfidfUnion((Part(WORDS),), chars, min_texts=1).fit_transform(texts)[:, 2**12 :]
    peer = TfidfTransformer().fit_transform(CHARS.transform(texts))
    lengths = np.sqrt(ours.power(2).sum(axis=1))
    np.testing.assert_allclose(ours.toarray(), peer.multiply(lengths).toarray(), atol=1e-6)


def test_what_one_training_text_alone_has_weighs_nothing() -> None:
    weighed = TfidfUnion((Part(WORDS),)).fit_transform(["uno dos", "uno tres"])[:, : 2**12]
    weighed.eliminate_zeros()
    assert weighed.getnnz(axis=1).tolist() == [1, 1]


def test_a_text_that_says_little_stays_short() -> None:
    union = TfidfUnion((Part(WORDS),)).fit(TEXTS)
    lengths = np.sqrt(union.transform(["?", "¿cuánto cuesta el pedido?"]).power(2).sum(axis=1))
    assert lengths[0] < lengths[1] < np.sqrt(2)


@pytest.mark.parametrize("known", [TEXTS, TEXTS[:2], []])
def test_a_projection_is_the_product_with_the_features(known: list[str]) -> None:
    union = TfidfUnion((Part(WORDS), Part(WORDS, length=0.3)), Part(CHARS)).fit(TEXTS)
    weights = np.random.default_rng(1).normal(size=(2**13 + 2**10, 3)).astype(np.float32)
    lexicon = union.lexicon(known, weights)
    product = union.transform(TEXTS) @ weights
    np.testing.assert_allclose(union.project(TEXTS, weights, lexicon).scores, product, atol=1e-5)
    assert union.project([], weights, lexicon).scores.shape == (0, 3)
    assert union.transform([]).shape == (0, 2**13 + 2**10)

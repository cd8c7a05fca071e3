import numpy as np
from sklearn.feature_extraction.text import TfidfTransformer

from buzon.classifier.features import HashedNgrams
from buzon.classifier.tfidf import Part, TfidfUnion

TEXTS = ["el pedido no llega", "¿cuánto cuesta el pedido?", "", "otro pedido, por favor", "?"]
WORDS, CHARS = HashedNgrams("words", reach=3, bits=12), HashedNgrams("chars", reach=5, bits=10)
PARTS = (Part(WORDS), Part(CHARS))


def test_without_its_own_twists_it_weighs_as_scikit_learn_does() -> None:
    parts = (Part(WORDS, length=1, credible=0), Part(CHARS, length=0.5, credible=0))
    ours = TfidfUnion(parts, min_texts=1).fit_transform(TEXTS)
    words, chars = (
        TfidfTransformer(sublinear_tf=True).fit_transform(ngrams.transform(TEXTS)).toarray()
        for ngrams in (WORDS, CHARS)
    )
    expected = np.hstack([words, 0.5 * chars])
    np.testing.assert_allclose(ours.toarray(), expected, atol=1e-6)


def test_what_one_training_text_alone_has_weighs_nothing() -> None:
    weighed = TfidfUnion(PARTS[:1]).fit_transform(["uno dos", "uno tres"])
    weighed.eliminate_zeros()
    assert weighed.getnnz(axis=1).tolist() == [1, 1]


def test_a_text_that_says_little_stays_short() -> None:
    union = TfidfUnion(PARTS).fit(TEXTS)
    lengths = np.sqrt(union.transform(["?", "¿cuánto cuesta el pedido?"]).power(2).sum(axis=1))
    assert lengths[0] < lengths[1] < np.sqrt(2)


def test_a_projection_is_the_product_with_the_features() -> None:
    union = TfidfUnion(PARTS).fit(TEXTS)
    weights = np.random.default_rng(1).normal(size=(2**12 + 2**10, 3)).astype(np.float32)
    product = union.transform(TEXTS) @ weights
    np.testing.assert_allclose(union.project(TEXTS, weights), product, atol=1e-5)
    assert union.project([], weights).shape == (0, 3)

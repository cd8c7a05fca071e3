"""Our support vector machines beside scikit-learn's, which solve the same problem."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array
from sklearn.svm import LinearSVC

from buzon.classifier import machine
from buzon.classifier.machine import machines, packed

N, WIDTH, K = 300, 80, 4


@pytest.fixture
def many_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_MOST_ROUNDS", 2000)


def some_texts(seed: int = 0) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    features = csr_matrix(random_array((N, WIDTH), density=0.1, rng=generator), dtype=np.float32)
    truth = (features @ generator.normal(size=(WIDTH, K))).argmax(axis=1)
    return features, truth, generator.uniform(0.05, 1, N)


def peer(features: csr_matrix, truth: np.ndarray, heed: np.ndarray) -> np.ndarray:
    svc = LinearSVC(C=machine.COST, tol=1e-6, fit_intercept=False, max_iter=100_000)
    weights: np.ndarray = svc.fit(features, truth, sample_weight=heed).coef_.T
    return weights


@pytest.mark.usefixtures("many_rounds")
def test_carried_on_to_the_end_the_weights_are_those_of_scikit_learn() -> None:
    features, truth, heed = some_texts()
    found = machines(features, truth, heed, [np.arange(N)], seed=1, enough=1e-9)
    ours = found.weights(0)
    np.testing.assert_allclose(ours, peer(features, truth, heed), atol=2e-3)


def test_ended_early_they_say_nearly_the_same() -> None:
    features, truth, heed = some_texts()
    ours = machines(features, truth, heed, [np.arange(N)], seed=1).weights(0)
    theirs = peer(features, truth, heed)
    same = (features @ ours).argmax(axis=1) == (features @ theirs).argmax(axis=1)
    assert same.mean() > 0.97


def test_only_the_texts_told_are_learnt_from() -> None:
    features, truth, heed = some_texts()
    told = np.arange(0, N, 2)
    without = machines(
        features[told], truth[told], heed[told], [np.arange(len(told))], seed=1
    ).weights(0)
    truth[1::2] = 0
    assert np.array_equal(machines(features, truth, heed, [told], seed=1).weights(0), without)


def test_fits_that_learn_together_are_blind_to_each_other_s_texts() -> None:
    features, truth, heed = some_texts()
    halves = [np.arange(0, N, 2), np.arange(1, N, 2)]
    before = machines(features, truth, heed, halves, seed=1, enough=1.0)
    truth[1::2] = np.roll(truth[1::2], 1)
    after = machines(features, truth, heed, halves, seed=1, enough=1.0)
    assert np.array_equal(before.weights(0), after.weights(0))
    assert not np.array_equal(before.weights(1), after.weights(1))


@pytest.mark.parametrize("k", [2, 4, 5, 37])
def test_what_a_fit_decides_is_the_product_of_texts_and_its_weights(k: int) -> None:
    features, truth, heed = some_texts()
    parts = [np.arange(0, N, 2), np.arange(N), np.arange(1, N, 2)]
    found = machines(features, truth * (k - 1) // (K - 1), heed, parts, seed=1)
    for fit, texts in enumerate(parts):
        expected = features[texts] @ found.weights(fit)
        np.testing.assert_allclose(found.decided(fit, texts), expected, atol=1e-5)


def test_a_text_without_features_is_no_hindrance() -> None:
    features, truth, heed = some_texts()
    full = ~np.isin(np.arange(N), (0, 150, N - 1))
    features = csr_matrix(features.multiply(full[:, None]), dtype=np.float32)
    assert np.isfinite(machines(features, truth, heed, [np.arange(N)], seed=1).weights(0)).all()


def test_two_categories_are_judged_as_opposites() -> None:
    features, truth, heed = some_texts()
    weights = machines(features, truth % 2, heed, [np.arange(N)], seed=1).weights(0)
    assert np.array_equal(weights[:, 0], -weights[:, 1])


def test_packed_features_are_the_same_under_other_numbers() -> None:
    features, _, _ = some_texts()
    before = features.toarray()
    number = packed(features)
    assert np.array_equal(features.toarray()[:, number], before)
    often = features[:: machine._EACH].getnnz(axis=0)
    assert np.array_equal(often, np.sort(often)[::-1])

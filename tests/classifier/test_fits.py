"""A model and those of its folds, learnt together, are those learnt each by itself."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_matrix, random_array

from buzon.classifier import fits, machine
from buzon.classifier.calibrate import Fold
from buzon.classifier.fits import Tries, fitted
from buzon.classifier.machine import machines

N, WIDTH, K = 240, 60, 3
RANDOM = np.random.default_rng(0)
FEATURES = csr_matrix(random_array((N, WIDTH), density=0.2, rng=RANDOM), dtype=np.float32)
TRUTH = (FEATURES @ RANDOM.normal(size=(WIDTH, K))).argmax(axis=1)
HEED = np.ones(N)
TO_THE_END = 1e-9
FOLDS = [(np.flatnonzero(np.arange(N) % 5 != fold), np.arange(fold, N, 5)) for fold in range(5)]


@pytest.fixture(autouse=True)
def as_many_rounds_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_MOST_ROUNDS", 2000)


@pytest.fixture
def features() -> csr_matrix:
    """They are renumbered."""
    return FEATURES.copy()


def alone(features: csr_matrix, fold: Fold) -> np.ndarray:
    learnt, unseen = fold
    weights = machines(features, TRUTH, HEED, [learnt], seed=1, enough=TO_THE_END).weights(0)
    decided: np.ndarray = features[unseen] @ weights
    return decided


def test_a_fold_s_model_has_seen_nothing_of_what_it_decides(features: csr_matrix) -> None:
    _, (decided,) = fitted(features, TRUTH, HEED, FOLDS[:1], seed=1, enough=TO_THE_END)
    unseen = FOLDS[0][1]
    other = TRUTH.copy()
    other[unseen] = (other[unseen] + 1) % K
    _, (as_well,) = fitted(features, other, HEED, FOLDS[:1], seed=1, enough=TO_THE_END)
    assert np.array_equal(decided[0], as_well[0])


def test_together_they_decide_what_each_decides_by_itself(features: csr_matrix) -> None:
    _, (decided,) = fitted(features, TRUTH, HEED, FOLDS, seed=1, enough=TO_THE_END)
    for ours, fold in zip(decided, FOLDS, strict=True):
        assert_allclose(ours, alone(FEATURES, fold), atol=1e-3)


def test_the_weights_belong_to_the_features_as_they_were_numbered(features: csr_matrix) -> None:
    weights, _ = fitted(features, TRUTH, HEED, FOLDS, seed=1, enough=TO_THE_END)
    expected = machines(FEATURES, TRUTH, HEED, [np.arange(N)], seed=1, enough=TO_THE_END).weights(0)
    assert_allclose(weights, expected, atol=1e-3)


def test_what_is_only_tried_may_learn_less_far_than_the_others(features: csr_matrix) -> None:
    tried = [Tries(FOLDS[:1], enough=1.0), Tries(FOLDS[1:2], enough=TO_THE_END)]
    _, decided = fitted(features, TRUTH, HEED, FOLDS[:2], tried, seed=1, enough=TO_THE_END)
    (first, second), (early,), (late,) = decided
    assert np.abs(early - first).max() > 0.01
    assert_allclose(late, second, atol=1e-3)


@pytest.mark.parametrize("k", [2, 5, 20, 77])
@pytest.mark.parametrize("count", [1, 6, 9])
def test_few_learn_at_once_in_as_many_batches_for_each_core(k: int, count: int) -> None:
    batches = fits._batches(range(count), k)
    assert [fit for batch in batches for fit in batch] == list(range(count))
    assert all(len(batch) == 1 or len(batch) * k <= fits._AT_ONCE for batch in batches)
    assert len(batches) % 2 == 0 or len(batches) == count

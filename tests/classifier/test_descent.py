"""A round in WebAssembly is one of NumPy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_matrix, random_array

from buzon.classifier.descent import Descent

N, WIDTH = 200, 50
RANDOM = np.random.default_rng(3)
FEATURES = csr_matrix(random_array((N, WIDTH), density=0.2, rng=RANDOM), dtype=np.float32)
SLACK = RANDOM.uniform(0.2, 2, N).astype(np.float32)
STEEPNESS = np.square(FEATURES.toarray()).sum(axis=1) + SLACK
# More machines than vectors hold at once, and no whole number of vectors.
SIDES = RANDOM.choice([-1, 0, 1], size=(N, 45)).astype(np.float32)


def value(shares: np.ndarray, weights: np.ndarray) -> float:
    """Of the dual problem."""
    spent = np.square(weights).sum() + (np.square(shares).T * SLACK).sum()
    return float(np.abs(shares).sum() - spent / 2)


def plainly(order: np.ndarray, sides: np.ndarray, rounds: int) -> tuple[np.ndarray, float]:
    texts, shares = FEATURES.toarray().astype(float), np.zeros(sides.shape)
    weights = np.zeros((WIDTH, sides.shape[1]))
    for text in np.tile(order, rounds):
        slope = texts[text] @ weights + SLACK[text] * shares[text] - sides[text]
        best = shares[text] - slope / STEEPNESS[text]
        best[best * sides[text] <= 0] = 0
        weights += np.outer(texts[text], best - shares[text])
        shares[text] = best
    return weights, value(shares, weights)


@pytest.mark.parametrize("machines", [1, 4, 6, 13, 29, 32, 45])
def test_each_text_gets_its_best_shares_and_the_gain_is_told(machines: int) -> None:
    order, sides = np.random.default_rng(4).permutation(N), SIDES[:, :machines]
    descent = Descent(FEATURES, sides, SLACK)
    won = descent.round(order) + descent.round(order)
    weights, reached = plainly(order, sides, rounds=2)
    assert_allclose(descent.weights, weights, atol=1e-4)
    assert won == pytest.approx(reached, rel=1e-4)


def test_texts_that_are_not_visited_say_nothing() -> None:
    descent = Descent(FEATURES, SIDES, SLACK)
    assert descent.round(np.arange(0)) == 0
    assert not descent.weights.any()

"""Confidence that can be believed: a temperature, fitted on mails the model hadn't seen.

Temperature scaling (Guo et al., 2017) divides the decision values by one number, so it changes
no prediction, only how sure the model says it is.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from buzon.classifier.measure import Indices, Probabilities

Decisions = NDArray[np.float32]
Fold = tuple[Indices, Indices]

FOLDS = 5
MANY = 15_000  # of more texts, a fifth is enough to measure with, and takes a fifth of the time
_TEMPERATURES = (0.02, 20.0)
_HALVINGS = 20  # of what lies between these: the error is below a hundred-thousandth


def folds(truth: Indices, groups: Sequence[str], seed: int) -> list[Fold]:
    """Numbers of texts to learn from, and of others, of none of their groups, to measure with."""
    all_folds = _folds(truth, groups, seed)
    return all_folds[:1] if len(truth) > MANY else all_folds


def _folds(truth: Indices, groups: Sequence[str], seed: int) -> list[Fold]:
    """Folds that keep groups whole, or where a category lives in one group alone, plain ones."""
    whole = _apart(_by_group(groups))
    k = int(truth.max()) + 1
    if len(whole) > 1 and all(len(np.unique(truth[seen])) == k for seen, _ in whole):
        return whole
    return _apart(_by_category(truth, seed))


def _apart(fold: Indices) -> list[Fold]:
    """Each fold, of the numbers that texts have, and all others."""
    return [(np.flatnonzero(fold != n), np.flatnonzero(fold == n)) for n in np.unique(fold)]


def _by_group(groups: Sequence[str]) -> Indices:
    """The number of each text's fold: groups, the largest first, go where the fewest texts are. A
    text without a group is one by itself."""
    names = [group or f"\0{number}" for number, group in enumerate(groups)]
    _, group, sizes = np.unique(names, return_inverse=True, return_counts=True)
    of_group, filled = np.zeros(len(sizes), dtype=np.intp), np.zeros(FOLDS, dtype=np.intp)
    for number in np.argsort(-sizes, kind="stable"):
        of_group[number] = filled.argmin()
        filled[of_group[number]] += sizes[number]
    return of_group[group]


def _by_category(truth: Indices, seed: int) -> Indices:
    """The number of each text's fold: as many of each category in each as can be, by chance."""
    fold = np.empty(len(truth), dtype=np.intp)
    order = np.lexsort((np.random.default_rng(seed).permutation(len(truth)), truth))
    fold[order] = np.arange(len(truth)) % FOLDS
    return fold


def temperature(decisions: Decisions, truth: Indices) -> float:
    """The temperature under which the true labels are likeliest: that under which the decision
    values of the true categories are those to be expected, in the mean. They are to be expected the
    lower, the higher it is."""
    given = decisions[np.arange(len(truth)), truth].mean(dtype=np.float64)
    low, high = _TEMPERATURES
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        expected = (probabilities(decisions, middle) * decisions).sum(axis=1).mean()
        low, high = (middle, high) if expected > given else (low, middle)
    return math.sqrt(low * high)


def probabilities(decisions: Decisions, temperature: float) -> Probabilities:
    """The softmax of decisions / temperature; every row sums to one."""
    likely: Probabilities = np.exp(_log_softmax(decisions, temperature))
    return likely


def _log_softmax(decisions: Decisions, temperature: float) -> Probabilities:
    scaled = decisions.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    scaled -= np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return scaled

"""Confidence that can be believed: a temperature, fitted on mails the model hadn't seen.

Temperature scaling (Guo et al., 2017) divides the decision values by one number, so it changes
no prediction, only how sure the model says it is.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from buzon.classifier.measure import Indices, Probabilities

Decisions = NDArray[np.float32]
Fold = tuple[Indices, Indices]

FOLDS = 5
MANY = 12_000  # of more texts, a fifth is enough to measure with, and takes a fifth of the time
_TEMPERATURES = (0.02, 20.0)


def folds(truth: Indices, groups: Sequence[str], seed: int) -> list[Fold]:
    """Numbers of texts to learn from, and of others, of none of their groups, to measure with."""
    all_folds = _folds(truth, groups, seed)
    return all_folds[:1] if len(truth) > MANY else all_folds


def _folds(truth: Indices, groups: Sequence[str], seed: int) -> list[Fold]:
    """Folds that keep groups whole, or where a category lives in one group alone, plain ones."""
    from sklearn.model_selection import GroupKFold, StratifiedKFold

    names = [group or f"\0{number}" for number, group in enumerate(groups)]
    whole = min(FOLDS, len(set(names)))
    if whole > 1:
        by_group: list[Fold] = list(GroupKFold(whole).split(truth, groups=names))
        if all(len(np.unique(truth[seen])) == truth.max() + 1 for seen, _ in by_group):
            return by_group
    return list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(truth, truth))


def temperature(decisions: Decisions, truth: Indices) -> float:
    """The temperature under which the true labels are likeliest."""
    from scipy.optimize import minimize_scalar

    def surprise(log_temperature: float) -> float:
        logarithms = _log_softmax(decisions, np.exp(log_temperature))
        return -float(logarithms[np.arange(len(truth)), truth].mean())

    bounds = tuple(np.log(_TEMPERATURES))
    return float(np.exp(minimize_scalar(surprise, bounds=bounds, method="bounded").x))


def probabilities(decisions: Decisions, temperature: float) -> Probabilities:
    """The softmax of decisions / temperature; every row sums to one."""
    likely: Probabilities = np.exp(_log_softmax(decisions, temperature))
    return likely


def _log_softmax(decisions: Decisions, temperature: float) -> Probabilities:
    scaled = decisions.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    scaled -= np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return scaled

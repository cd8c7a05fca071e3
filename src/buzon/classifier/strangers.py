"""How likely a mail is of none of the categories, learnt by leaving categories out.

A softmax shares out all of its belief among the categories, also that in a mail that is like none
of them. So models are tried of which each has never met a third of them, and a logistic regression
learns to tell their texts from those that it should know: by how far the best category leads, how
much speaks for the first and for the second one, and whether there are words never met before.

Only where there are many categories. Where there are few, a category left out is no example of a
stranger: of the starter corpus' five it made confidence less true, and told none of them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from buzon.classifier.calibrate import Decisions, Fold
from buzon.classifier.measure import Flags, Indices, Probabilities
from buzon.classifier.reading import Places

MANY = 20  # categories
# Of mails that are taken to be of none of them before they are read. On the validation part of
# CLINC150 the calibration error is .020, .017, .016 and .019 with 2, 3, 4 and 5%.
SHARE = 0.04

_PARTS = 3  # of the categories, each left out once
_FLATTER = 2.0  # times the temperature; then more than the runner-up counts in the lead
_RIDGE = 0.01
_STEPS = 25

Figures = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Strangers:
    """A logistic regression with `weights` (5,), the last of which stands alone."""

    weights: Figures

    def heeded(
        self,
        probabilities: Probabilities,
        decisions: Decisions,
        unknown_words: Places,
        temperature: float,
    ) -> Probabilities:
        """The probabilities (n, k) where some texts may be strange: of a stranger each category is
        as likely as another. `unknown_words` (n,) counts those that the model has never met;
        `temperature` is that of the probabilities, as when this was `learnt`."""
        figures = _figures(decisions, unknown_words, temperature)
        strange = expit(figures @ self.weights + logit(SHARE))[:, None]
        heeded: Probabilities = probabilities + strange * (1 / decisions.shape[1] - probabilities)
        return heeded


def leaving_out(truth: Indices, fold: Fold, seed: int) -> list[Fold]:
    """The fold without the texts of a part of the categories among those to learn from, for each
    part in turn; none where there are few categories, or a part would have no strangers to show."""
    k = int(truth.max()) + 1
    if k < MANY:
        return []
    seen, unseen = fold
    parts = np.array_split(np.random.default_rng(seed).permutation(k), _PARTS)
    left = [(seen[~np.isin(truth[seen], part)], unseen) for part in parts]
    strange = [_strange(truth, each) for each in left]
    return left if all(each.any() and not each.all() for each in strange) else []


def recipe() -> str:
    """All that its regression depends on but the texts."""
    return repr((MANY, SHARE, _PARTS, _FLATTER, _RIDGE))


def learnt(
    truth: Indices,
    left: Sequence[Fold],
    decided: Sequence[Decisions],
    unknown_words: Sequence[Places],
    temperature: float,
) -> Strangers:
    """From what the models that were kept from categories decide of their unseen texts (n, k), and
    how many of their words none of them has met (n,)."""
    seen = zip(left, decided, unknown_words, strict=True)
    figures = [
        _figures(decisions[:, np.unique(truth[kept])], unknown, temperature)
        for (kept, _), decisions, unknown in seen
    ]
    strange = [_strange(truth, fold) for fold in left]
    return Strangers(_regression(np.concatenate(figures), np.concatenate(strange)))


def _strange(truth: Indices, fold: Fold) -> Flags:
    seen, unseen = fold
    return ~np.isin(truth[unseen], truth[seen])


def _figures(decisions: Decisions, unknown_words: Places, temperature: float) -> Figures:
    """The lead is over the mean of the others: a model that is kept from categories has fewer."""
    *others, second, first = np.sort(decisions.astype(np.float64), axis=1).T
    behind = (np.stack([*others, second]) - first) / (_FLATTER * temperature)
    lead = -np.log(np.maximum(np.exp(behind).mean(axis=0), np.finfo(np.float64).tiny))
    return np.stack([lead, first, second, unknown_words > 0, np.ones_like(lead)], axis=1)


def _regression(figures: Figures, strange: Flags) -> Figures:
    """Newton's method, as if there were as many strangers as others."""
    heed = 0.5 / np.where(strange, strange.mean(), 1 - strange.mean())
    ridge = _RIDGE * np.eye(figures.shape[1])
    weights = np.zeros(figures.shape[1])
    for _ in range(_STEPS):
        likely = expit(figures @ weights)
        slope = figures.T @ (heed * (likely - strange)) + ridge @ weights
        steepness = (figures.T * (heed * likely * (1 - likely))) @ figures + ridge
        weights -= np.linalg.solve(steepness, slope)
    return weights

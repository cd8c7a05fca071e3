"""How often the model is right, from the mails that the audit drew, and from no others.

A mail drawn with probability 1/20 stands for twenty, so it counts twenty times (the ratio of
Hájek, 1971). But a few mails that count much tell less than as many that count alike: the interval
is the exact one for the effective number of mails, (Σ weights)² / Σ weights² (Kish, Survey
Sampling, 1965; with exact bounds: Korn and Graubard, Survey Methodology 24, 1998). Where all were
drawn with the same probability that is their number, and the interval is that of Clopper and
Pearson.

Throughout, `right` of shape (n,) says whether a mail's category was the right one, and
`probability` of shape (n,) with which probability it was drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import numpy as np

from buzon.classifier import binomial
from buzon.classifier.binomial import Floats
from buzon.classifier.measure import Flags

Group = TypeVar("Group", str, date)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The share of mails in the right category (`accuracy`), and between which shares it lies
    (`low` and `high`, 95%), by the `n` mails that were checked."""

    n: int
    accuracy: float
    low: float
    high: float


def overall(right: Flags, probability: Floats) -> Estimate | None:
    """The accuracy among all mails, or None where none was looked at."""
    if not len(right):
        return None
    if not ((probability > 0) & (probability <= 1)).all():
        raise ValueError("A mail that was drawn had a probability above 0 and at most 1.")
    weights = 1 / probability
    accuracy = float(weights[right].sum() / weights.sum())
    effective = weights.sum() ** 2 / (weights**2).sum()
    low, high = binomial.interval(accuracy * effective, effective)
    return Estimate(len(right), accuracy, float(low), float(high))


def by_category(right: Flags, probability: Floats, category: Sequence[str]) -> dict[str, Estimate]:
    """The accuracy among the mails predicted to be of each category: its precision."""
    return _by(right, probability, category)


def by_week(right: Flags, probability: Floats, day: Sequence[date]) -> dict[date, Estimate]:
    """The accuracy in each week, under the date of its Monday, in order."""
    return _by(right, probability, [one - timedelta(days=one.weekday()) for one in day])


def _by(right: Flags, probability: Floats, groups: Sequence[Group]) -> dict[Group, Estimate]:
    of_group = np.array(groups, dtype=object)
    found = {}
    for group in sorted(set(groups)):
        estimate = overall(right[of_group == group], probability[of_group == group])
        if estimate:
            found[group] = estimate
    return found

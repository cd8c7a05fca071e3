"""What more labels would bring: how good the model would be with fewer of them."""

from dataclasses import dataclass

import numpy as np

from buzon.classifier import binomial
from buzon.classifier.cores import on_two_cores
from buzon.classifier.measure import Indices
from buzon.classifier.train import Trained

SHARES = (0.0, 0.5, 1.0)
ENOUGH = 50
MOST_TESTED = 500


@dataclass(frozen=True, slots=True)
class Point:
    """With so many labelled mails of the company, beside the starter corpus, this share was right
    of `n` that were not learnt from, and between which shares that lies (95%)."""

    labels: int
    n: int
    accuracy: float
    low: float
    high: float


def learning_curve(trained: Trained, own: int) -> list[Point]:
    """Tested on the newest fifth of the company's `own` labelled mails, which stand first among
    the samples, by models that learnt from more and more of the others. Empty below 50."""
    if own < ENOUGH:
        return []
    tested = np.arange(own)[-own // 5 :][-MOST_TESTED:]
    starter = np.arange(own, len(trained.truth))
    learnt = [int(share * tested[0]) for share in SHARES if share or len(starter)]

    def point(labels: int) -> Point:
        return _point(trained, np.arange(labels), starter, tested)

    # The two that take longest each on a core of its own.
    *others, first = on_two_cores(point, [*learnt[1:], learnt[0]])
    return [first, *others]


def _point(trained: Trained, labels: Indices, starter: Indices, tested: Indices) -> Point:
    said = trained.judge(np.concatenate([labels, starter]), tested)
    right = int((said == trained.truth[tested]).sum())
    low, high = binomial.interval(right, len(tested))
    return Point(len(labels), len(tested), right / len(tested), float(low), float(high))

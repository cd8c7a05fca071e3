"""What more labels would bring: how good the model would be with fewer of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from buzon.classifier import binomial
from buzon.classifier.calibrate import Fold
from buzon.classifier.measure import Indices
from buzon.classifier.train import Trial

SHARES = (0.0, 0.5, 1.0)
ENOUGH = 50
MOST_TESTED = 500
# How far the models of the curve learn: in most trainings two rounds instead of three. That moves a
# point by a quarter of its interval at most (docs/classifier.md), and all of them alike.
ROUGHLY = 0.3


@dataclass(frozen=True, slots=True)
class Point:
    """With so many labelled mails of the company, beside the starter corpus, this share was right
    of `n` that were not learnt from, and between which shares that lies (95%)."""

    labels: int
    n: int
    accuracy: float
    low: float
    high: float


def growing(own: Indices, samples: int) -> list[Fold]:
    """Learning from more and more of the company's own labelled mails, always tested on the newest
    fifth of them. None below 50. `own`: their numbers, the oldest first; they stand before the
    starter's among the samples."""
    if len(own) < ENOUGH:
        return []
    tested = own[-len(own) // 5 :][-MOST_TESTED:]
    older, starter = own[: -len(tested)], np.arange(len(own), samples)
    learnt = [older[: int(share * len(older))] for share in SHARES if share or len(starter)]
    return [(np.concatenate([np.sort(labels), starter]), np.sort(tested)) for labels in learnt]


def learning_curve(truth: Indices, own: int, trials: Sequence[Trial]) -> list[Point]:
    """What came of `growing`."""
    return [_point(truth, own, trial) for trial in trials]


def _point(truth: Indices, own: int, trial: Trial) -> Point:
    labels, n = int((trial.learnt < own).sum()), len(trial.unseen)
    right = int((trial.said == truth[trial.unseen]).sum())
    low, high = binomial.interval(right, n)
    return Point(labels, n, right / n, float(low), float(high))

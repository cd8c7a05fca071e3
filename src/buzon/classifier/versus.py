"""Two models on the same texts, neither of which had seen them: who is right where.

Texts on which both are right, or both wrong, tell nothing of which is better. How surprising the
others are, were both equally good, says the exact test of McNemar (see compare).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from buzon.classifier import binomial, measure
from buzon.classifier.compare import chance
from buzon.classifier.measure import Indices
from buzon.records import Prediction


@dataclass(frozen=True, slots=True)
class Share:
    """A share of `n`, and between which bounds it lies (95%)."""

    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OfCategory:
    """One model's precision and recall in a category; None where nothing was called so, or is."""

    precision: Share | None
    recall: Share | None


@dataclass(frozen=True, slots=True)
class Side:
    """How one model did. `confusion`: what a text is down, what it was called across."""

    right: Share
    by_category: tuple[OfCategory, ...]
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Versus:
    """Both over the same `n` texts, in the `categories` that occur there. `chance`: how often two
    equally good models differ so much or more, to either side."""

    n: int
    categories: tuple[str, ...]
    left: Side
    right: Side
    only_left: int
    only_right: int
    neither: int
    chance: float


def versus(truth: Sequence[str], left: Sequence[str], right: Sequence[str]) -> Versus | None:
    """Compares what two models called the same texts, in one order; None where there is none."""
    if not truth:
        return None
    categories = tuple(sorted({*truth, *left, *right}))
    numbers = {name: number for number, name in enumerate(categories)}
    is_so, said_left, said_right = (
        np.array([numbers[name] for name in names], dtype=np.intp) for names in (truth, left, right)
    )
    hits_left, hits_right = said_left == is_so, said_right == is_so
    only_left = int(np.count_nonzero(hits_left & ~hits_right))
    only_right = int(np.count_nonzero(hits_right & ~hits_left))
    return Versus(
        n=len(truth),
        categories=categories,
        left=_side(said_left, is_so, len(categories)),
        right=_side(said_right, is_so, len(categories)),
        only_left=only_left,
        only_right=only_right,
        neither=int(np.count_nonzero(~hits_left & ~hits_right)),
        chance=min(2 * chance(min(only_left, only_right), max(only_left, only_right)), 1.0),
    )


@dataclass(frozen=True, slots=True)
class Alone:
    """What a model handles without a person at a threshold, and how much of that is right, None of
    nothing; and the most that it could handle with no more than 5% wrong."""

    handled: Share
    right: Share | None
    at_risk: float


def alone(truth: Sequence[str], said: Sequence[Prediction], threshold: float) -> Alone:
    """How a model does without a person on these texts, of which there is one at least."""
    both = list(zip(truth, said, strict=True))
    sure = [p.category == name for name, p in both if p.confidence >= threshold]
    names = sorted({name for p in said for name in p.probabilities})
    rows = np.array([[p.probabilities.get(name, 0.0) for name in names] for p in said])
    is_so = np.array([names.index(t) if t in names else len(names) for t in truth], dtype=np.intp)
    return Alone(
        handled=share(len(sure), len(truth)),
        right=_of_some(sum(sure), len(sure)),
        at_risk=measure.coverage_at_risk(rows, is_so, measure.RISK),
    )


def measured(metrics: Mapping[str, Any]) -> Share | None:
    """How often a version was right on texts it hadn't seen; None where that wasn't measured."""
    if "accuracy" not in metrics or not metrics.get("examples"):
        return None
    n = int(metrics["examples"])
    return share(round(float(metrics["accuracy"]) * n), n)


def share(hits: int, n: int) -> Share:
    """So many of n, which is not 0."""
    low, high = binomial.interval(hits, n)
    return Share(n, hits / n, float(low), float(high))


def _side(said: Indices, truth: Indices, k: int) -> Side:
    counts = measure.confusion(said, truth, k)
    hits = [int(count) for count in np.diag(counts)]
    return Side(
        right=share(sum(hits), len(truth)),
        by_category=tuple(
            OfCategory(_of_some(hit, int(called)), _of_some(hit, int(present)))
            for hit, called, present in zip(
                hits, counts.sum(axis=0), counts.sum(axis=1), strict=True
            )
        ),
        confusion=tuple(tuple(row) for row in counts.tolist()),
    )


def _of_some(hits: int, n: int) -> Share | None:
    return share(hits, n) if n else None

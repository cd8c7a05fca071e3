"""How good predictions are: the figures of an evaluation, from probabilities and true labels.

Throughout, `probabilities` has the shape (n, k), and `truth`, of shape (n,), holds the number of
each text's true category. A number beyond k stands for a category that the model doesn't know.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buzon.classifier import binomial

Probabilities = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

ECE_BINS = 15
CURVE_BINS = 10
RISK = 0.05  # at which versions are described; what the company promises may be another


@dataclass(frozen=True, slots=True)
class Bin:
    """The texts of one range of confidence: how sure the model was on average, how often it was
    right, and between which shares that accuracy lies (95%)."""

    n: int
    confidence: float
    accuracy: float
    low: float
    high: float


def accuracy(probabilities: Probabilities, truth: Indices) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == truth))


def confusion(predicted: Indices, truth: Indices, k: int) -> NDArray[np.intp]:
    """Counts of shape (k, k): true category down, predicted across."""
    counts = np.zeros((k, k), dtype=np.intp)
    np.add.at(counts, (truth, predicted), 1)
    return counts


def precision_recall_f1(counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Of shape (3, k), from a confusion; 0 where there is nothing to divide by."""
    right = np.diag(counts)
    predicted, present = counts.sum(axis=0), counts.sum(axis=1)
    parts = np.stack([right, right, 2 * right]).astype(np.float64)
    wholes = np.stack([predicted, present, predicted + present])
    quotients: NDArray[np.float64] = parts / np.maximum(wholes, 1)
    return quotients


def precision_recall_bounds(counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Of shape (2, 2, k), from a confusion: precision and recall, each with its lower and upper
    bound (95%, exact). From 0 to 1 where there is nothing to tell by."""
    right = np.diag(counts)
    return np.stack([binomial.interval(right, counts.sum(axis=axis)) for axis in (0, 1)])


def macro_f1(counts: NDArray[np.intp]) -> float:
    """The mean F1 of the categories that occur, as label or as prediction."""
    occurs = (counts.sum(axis=0) + counts.sum(axis=1)) > 0
    return float(precision_recall_f1(counts)[2][occurs].mean())


def expected_calibration_error(probabilities: Probabilities, truth: Indices) -> float:
    """How far confidence and accuracy lie apart, over 15 bins (Guo et al., 2017)."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    of_bin = _bin(confidence, ECE_BINS)
    gaps = np.bincount(of_bin, weights=right - confidence, minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / len(truth))


def calibration_curve(probabilities: Probabilities, truth: Indices) -> list[Bin]:
    """Confidence against accuracy in ranges of equal width, from unsure to sure; no empty ones.

    A model that can be believed has the first within the bounds of the second, nearly everywhere.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    of_bin = _bin(confidence, CURVE_BINS)
    n, sure, hits = (
        np.bincount(of_bin, weights=weights)
        for weights in (np.ones_like(confidence), confidence, right)
    )
    low, high = binomial.interval(hits, n)
    return [
        Bin(int(n[at]), sure[at] / n[at], hits[at] / n[at], float(low[at]), float(high[at]))
        for at in np.flatnonzero(n)
    ]


def _bin(confidence: NDArray[np.float64], bins: int) -> Indices:
    """Which of so many ranges of equal width each confidence falls into."""
    return np.minimum((confidence * bins).astype(np.intp), bins - 1)


def coverage(probabilities: Probabilities, truth: Indices, threshold: float) -> tuple[float, float]:
    """The share of texts at least this sure, and the accuracy among them (1 among none)."""
    sure = probabilities.max(axis=1) >= threshold
    right = probabilities.argmax(axis=1) == truth
    return float(sure.mean()), float(right[sure].mean()) if sure.any() else 1.0


def coverage_at_risk(probabilities: Probabilities, truth: Indices, risk: float) -> float:
    """The largest share of texts, the surest first, of which at most `risk` are wrong.

    Chosen on the very labels it is measured on: a description of the model, not a promise.
    """
    confidence = probabilities.max(axis=1)
    surest = np.argsort(-confidence, kind="stable")
    errors = np.cumsum(probabilities.argmax(axis=1)[surest] != truth[surest])
    ranks = np.arange(1, len(truth) + 1)
    # A threshold can't part texts of the same confidence.
    last_of_its_confidence = np.append(np.diff(confidence[surest]) != 0, True)
    good = np.flatnonzero((errors <= risk * ranks) & last_of_its_confidence)
    return float(ranks[good[-1]] / len(truth)) if len(good) else 0.0

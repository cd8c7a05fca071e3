"""How good predictions are: the figures of an evaluation, from probabilities and true labels.

Throughout, `probabilities` has the shape (n, k), and `truth`, of shape (n,), holds the number of
each text's true category. A number beyond k stands for a category that the model doesn't know.
"""

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

ECE_BINS = 15


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


def macro_f1(counts: NDArray[np.intp]) -> float:
    """The mean F1 of the categories that occur, as label or as prediction."""
    occurs = (counts.sum(axis=0) + counts.sum(axis=1)) > 0
    return float(precision_recall_f1(counts)[2][occurs].mean())


def expected_calibration_error(probabilities: Probabilities, truth: Indices) -> float:
    """How far confidence and accuracy lie apart, over 15 bins (Guo et al., 2017)."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    of_bin = np.minimum((confidence * ECE_BINS).astype(np.intp), ECE_BINS - 1)
    gaps = np.bincount(of_bin, weights=right - confidence, minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / len(truth))


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

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, f1_score

from buzon.classifier import measure

ROWS = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
TRUTH = np.array([0, 1, 1, 0])


def test_accuracy_counts_the_surest_category() -> None:
    assert measure.accuracy(ROWS, TRUTH) == 0.75


def test_confusion_and_macro_f1_agree_with_scikit_learn() -> None:
    generator = np.random.default_rng(3)
    truth, predicted = generator.integers(0, 4, (2, 200))
    counts = measure.confusion(predicted, truth, 4)
    assert counts.tolist() == confusion_matrix(truth, predicted).tolist()
    assert measure.macro_f1(counts) == pytest.approx(f1_score(truth, predicted, average="macro"))


def test_precision_and_recall_have_the_exact_bounds_of_their_counts() -> None:
    counts = np.array([[18, 2, 0], [6, 14, 0], [0, 0, 0]])
    (precision_low, precision_high), (recall_low, recall_high) = measure.precision_recall_bounds(
        counts
    )
    for low, high, hits, n in (
        (precision_low[0], precision_high[0], 18, 24),
        (recall_low[0], recall_high[0], 18, 20),
        (precision_low[1], precision_high[1], 14, 16),
    ):
        exact = binomtest(hits, n).proportion_ci(method="exact")
        assert (low, high) == (pytest.approx(exact.low), pytest.approx(exact.high))
    assert (precision_low[2], precision_high[2]) == (0, 1)


def test_the_calibration_curve_of_an_honest_model_lies_within_its_bounds() -> None:
    generator = np.random.default_rng(8)
    rows = generator.dirichlet([0.3] * 4, 5000)
    truth = np.array([generator.choice(4, p=row) for row in rows])
    curve = measure.calibration_curve(rows, truth)
    assert sum(part.n for part in curve) == 5000
    assert [part.confidence for part in curve] == sorted(part.confidence for part in curve)
    assert np.mean([part.low <= part.confidence <= part.high for part in curve]) > 0.8
    boastful = measure.calibration_curve(rows**3 / (rows**3).sum(axis=1, keepdims=True), truth)
    assert np.mean([part.low <= part.confidence <= part.high for part in boastful]) < 0.5


def test_the_calibration_curve_and_the_calibration_error_tell_the_same() -> None:
    rows = np.array([[0.95, 0.05]] * 10 + [[0.55, 0.45]] * 10)
    truth = np.array([0] * 8 + [1] * 2 + [0] * 5 + [1] * 5)
    curve = measure.calibration_curve(rows, truth)
    assert [(part.n, part.accuracy) for part in curve] == [(10, 0.5), (10, 0.8)]
    gap = sum(part.n * abs(part.confidence - part.accuracy) for part in curve) / 20
    assert gap == pytest.approx(measure.expected_calibration_error(rows, truth))


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    always_sure = np.array([[0.9, 0.1]] * 10)
    truth = np.array([0] * 6 + [1] * 4)
    assert measure.expected_calibration_error(always_sure, truth) == pytest.approx(0.3)


def test_calibration_error_of_certainty_that_is_right_is_zero() -> None:
    assert measure.expected_calibration_error(np.eye(3), np.arange(3)) == 0


def test_coverage_tells_how_many_are_sure_and_how_many_of_them_right() -> None:
    assert measure.coverage(ROWS, TRUTH, 0.75) == (0.5, 0.5)
    assert measure.coverage(ROWS, TRUTH, 0.99) == (0.0, 1.0)


@given(
    st.lists(st.tuples(st.integers(50, 60), st.booleans()), min_size=1, max_size=40),
    st.sampled_from([0.0, 0.05, 0.2, 0.5]),
)
def test_coverage_at_risk_is_the_best_over_all_thresholds(
    texts: list[tuple[int, bool]], risk: float
) -> None:
    confidence = np.array([c / 100 for c, _ in texts])
    rows = np.stack([confidence, 1 - confidence], axis=1)
    truth = np.array([0 if right else 1 for _, right in texts])
    best = 0.0
    for threshold in set(confidence):
        sure = [right for c, right in zip(confidence, truth == 0, strict=True) if c >= threshold]
        if sure.count(False) <= risk * len(sure):
            best = max(best, len(sure) / len(texts))
    assert measure.coverage_at_risk(rows, truth, risk) == pytest.approx(best)

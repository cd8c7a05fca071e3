import numpy as np

from buzon.classifier.calibrate import probabilities
from buzon.classifier.suspects import suspects

K = 8


def mails(n: int, clear: float) -> tuple[np.ndarray, np.ndarray]:
    """True labels, and the probabilities of a calibrated model to which they are so clear."""
    generator = np.random.default_rng(2)
    decisions = generator.normal(size=(n, K)).astype(np.float32) * clear
    rows = probabilities(decisions, 1.0)
    return np.array([generator.choice(K, p=row) for row in rows]), rows


def test_labels_that_were_mixed_up_are_found_and_few_others_accused() -> None:
    truth, rows = mails(4000, clear=8)
    mixed_up = np.random.default_rng(3).choice(4000, 200, replace=False)
    given = truth.copy()
    given[mixed_up] = (truth[mixed_up] + 1 + np.arange(200) % (K - 1)) % K
    found = suspects(given, rows)
    assert len(np.intersect1d(found, mixed_up)) > 0.6 * 200
    assert np.isin(found, mixed_up).mean() > 0.6
    assert np.isin(found[:100], mixed_up).mean() > 0.85


def test_the_most_suspicious_comes_first() -> None:
    sure = [[0.9, 0.1]] * 20 + [[0.1, 0.9]] * 20
    rows = np.array([*sure, [0.05, 0.95], [0.001, 0.999], [0.45, 0.55]])
    truth = np.array([0] * 20 + [1] * 20 + [0] * 3)
    assert suspects(truth, rows).tolist() == [41, 40]


def test_an_unlikely_label_without_a_sure_rival_is_no_suspect() -> None:
    sure = np.repeat(np.eye(4) * 0.96 + 0.01, 10, axis=0)
    unclear = np.array([[0.04, 0.32, 0.32, 0.32]])
    truth = np.append(np.repeat(np.arange(4), 10), 0)
    assert suspects(truth, np.vstack([sure, unclear])).tolist() == []


def test_a_category_without_a_mail_accuses_nobody() -> None:
    rows = np.array([[0.01, 0.99], [0.9, 0.1]])
    assert suspects(np.array([0, 0]), rows).tolist() == []


def test_no_mails_give_no_suspects() -> None:
    assert suspects(np.array([], np.intp), np.empty((0, 3))).tolist() == []

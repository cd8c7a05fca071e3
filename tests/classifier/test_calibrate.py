from collections.abc import Callable

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from buzon.classifier import calibrate


def numbered(n: int) -> csr_matrix:
    return csr_matrix(np.arange(n, dtype=np.float32).reshape(-1, 1))


def test_the_temperature_is_found_again() -> None:
    generator = np.random.default_rng(5)
    decisions = generator.normal(size=(20_000, 4)).astype(np.float32)
    likely = calibrate.probabilities(decisions, 0.4)
    truth = np.array([generator.choice(4, p=row) for row in likely])
    assert calibrate.temperature(decisions, truth) == pytest.approx(0.4, rel=0.05)


def test_probabilities_sum_to_one_also_for_enormous_decisions() -> None:
    rows = calibrate.probabilities(np.array([[1e30, -1e30, 0], [0, 0, 0]], np.float32), 0.1)
    np.testing.assert_allclose(rows, [[1, 0, 0], [1 / 3, 1 / 3, 1 / 3]])


def test_a_text_is_judged_by_a_model_that_saw_none_of_its_group() -> None:
    groups = [f"writer {n // 7}" for n in range(70)]
    truth = np.arange(70) % 2

    def fit(seen: csr_matrix, *_: object) -> Callable[[csr_matrix], np.ndarray]:
        known = {groups[n] for n in seen.toarray().ravel().astype(int)}

        def decide(unseen: csr_matrix) -> np.ndarray:
            numbers = unseen.toarray().ravel().astype(int).tolist()
            assert not known & {groups[n] for n in numbers}
            return np.column_stack([numbers, numbers]).astype(np.float32)

        return decide

    measured, judged = calibrate.out_of_fold(fit, numbered(70), truth, np.ones(70), groups, seed=0)
    assert judged[:, 0].tolist() == measured.tolist()
    assert sorted(measured) == list(range(70))


def test_a_category_of_a_single_group_is_still_in_every_fold() -> None:
    truth = np.array([0] * 20 + [1] * 20 + [2] * 10)
    groups = [*(f"writer {n % 4}" for n in range(40)), *["own"] * 10]

    def fit(
        _: csr_matrix, seen: np.ndarray, heed: np.ndarray
    ) -> Callable[[csr_matrix], np.ndarray]:
        assert set(seen.tolist()) == {0, 1, 2}
        return lambda unseen: np.ones((unseen.shape[0], 3), np.float32)

    measured, _ = calibrate.out_of_fold(fit, numbered(50), truth, np.ones(50), groups, seed=0)
    assert len(measured) == 50


def test_of_many_texts_a_fifth_is_judged() -> None:
    n = calibrate.MANY + 10
    truth = np.arange(n) % 2

    def fit(*_: object) -> Callable[[csr_matrix], np.ndarray]:
        return lambda unseen: np.ones((unseen.shape[0], 2), np.float32)

    measured, decisions = calibrate.out_of_fold(
        fit, numbered(n), truth, np.ones(n), [""] * n, seed=0
    )
    assert len(measured) == len(set(measured.tolist())) == len(decisions) == n // 5

import numpy as np
import pytest

from buzon.classifier import calibrate


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
    groups = np.array([f"writer {n // 7}" for n in range(70)])
    folds = calibrate.folds(np.arange(70) % 2, groups.tolist(), seed=0)
    for learnt, unseen in folds:
        assert not set(groups[learnt]) & set(groups[unseen])
    assert sorted(np.concatenate([unseen for _, unseen in folds])) == list(range(70))


def test_a_category_of_a_single_group_is_still_in_every_fold() -> None:
    truth = np.array([0] * 20 + [1] * 20 + [2] * 10)
    groups = [*(f"writer {n % 4}" for n in range(40)), *["own"] * 10]
    folds = calibrate.folds(truth, groups, seed=0)
    assert all(set(truth[learnt]) == {0, 1, 2} for learnt, _ in folds)
    assert sum(len(unseen) for _, unseen in folds) == 50


def test_folds_are_of_equal_size_as_far_as_groups_allow() -> None:
    groups = ["large"] * 30 + [f"writer {n // 5}" for n in range(60)] + [""] * 10
    sizes = [len(unseen) for _, unseen in calibrate.folds(np.arange(100) % 2, groups, seed=0)]
    assert sorted(sizes) == [17, 17, 18, 18, 30]


def test_two_groups_are_two_folds() -> None:
    folds = calibrate.folds(np.arange(40) % 2, ["one"] * 15 + ["other"] * 25, seed=0)
    assert sorted(len(unseen) for _, unseen in folds) == [15, 25]


def test_of_many_texts_a_fifth_is_judged() -> None:
    n = calibrate.MANY + 10
    ((learnt, unseen),) = calibrate.folds(np.arange(n) % 2, [""] * n, seed=0)
    assert len(unseen) == len(set(unseen)) == n // 5
    assert len(learnt) == n - len(unseen)

from datetime import date

import numpy as np
import pytest
from scipy.stats import binomtest

from buzon.classifier import audit, estimate
from buzon.classifier.estimate import Estimate

# Mails a day from Monday to Sunday: the audit draws 5% on some days and nearly all on others.
WEEK = np.array([400, 300, 200, 150, 120, 12, 5])


def audited(
    generator: np.random.Generator, accuracy_of_day: np.ndarray, days: int
) -> tuple[np.ndarray, np.ndarray]:
    mails = np.resize(WEEK, days)
    probability = np.array([audit.share(volume) for volume in mails])
    drawn = generator.binomial(mails, probability)
    right = generator.random(drawn.sum()) < np.repeat(np.resize(accuracy_of_day, days), drawn)
    return right, np.repeat(probability, drawn)


def test_mails_drawn_alike_give_the_plain_share_and_the_exact_interval() -> None:
    right = np.array([True] * 57 + [False] * 3)
    exact = binomtest(57, 60).proportion_ci(method="exact")
    found = estimate.overall(right, np.full(60, 0.05))
    assert found is not None
    assert (found.n, found.accuracy) == (60, pytest.approx(0.95))
    assert (found.low, found.high) == (pytest.approx(exact.low), pytest.approx(exact.high))


def test_a_mail_counts_for_as_many_as_it_stands_for() -> None:
    found = estimate.overall(np.array([True, False]), np.array([0.05, 1.0]))
    assert found is not None
    assert found.accuracy == pytest.approx(20 / 21)
    assert found.low < 0.1, "two mails prove next to nothing"


def test_mails_of_unequal_weight_tell_less_than_as_many_of_equal_weight() -> None:
    right = np.arange(100) % 10 > 0
    alike = estimate.overall(right, np.full(100, 0.1))
    unlike = estimate.overall(right, np.where(np.arange(100) < 50, 0.05, 1.0))
    assert alike is not None
    assert unlike is not None
    assert unlike.high - unlike.low > 1.2 * (alike.high - alike.low)


@pytest.mark.parametrize("all_right", [True, False])
def test_mails_that_are_all_right_or_all_wrong_leave_doubt_on_one_side(all_right: bool) -> None:
    found = estimate.overall(np.full(30, all_right), np.geomspace(0.05, 1, 30))
    assert found is not None
    assert found.accuracy == all_right
    assert (found.high == 1) is all_right
    assert (found.low == 0) is not all_right
    assert 0.1 < found.high - found.low < 0.4


def test_without_a_mail_looked_at_nothing_is_said() -> None:
    assert estimate.overall(np.array([], bool), np.array([])) is None
    assert estimate.by_category(np.array([], bool), np.array([]), []) == {}


def test_a_mail_picked_by_hand_has_no_probability_and_is_refused() -> None:
    with pytest.raises(ValueError, match="probability"):
        estimate.overall(np.array([True]), np.array([0.0]))


def test_each_category_is_judged_by_its_own_mails() -> None:
    right = np.array([True, True, False, True])
    found = estimate.by_category(right, np.full(4, 0.5), ["b", "a", "b", "a"])
    assert list(found) == ["a", "b"]
    assert [(one.n, one.accuracy) for one in found.values()] == [(2, 1), (2, 0.5)]


def test_a_week_goes_from_monday_to_sunday() -> None:
    days = [date(2026, 3, 9), date(2026, 3, 8), date(2026, 3, 2)]
    found = estimate.by_week(np.array([True, False, True]), np.full(3, 0.5), days)
    assert {monday: one.n for monday, one in found.items()} == {
        date(2026, 3, 2): 2,
        date(2026, 3, 9): 1,
    }
    assert found[date(2026, 3, 2)].accuracy == 0.5


@pytest.mark.parametrize(
    "accuracy_of_day",
    [[0.7] * 7, [0.9] * 7, [0.95] * 7, [0.99] * 7, [0.95] * 5 + [0.7] * 2, [0.8] + [0.98] * 6],
    ids=["70%", "90%", "95%", "99%", "worse at weekends", "bad Mondays"],
)
@pytest.mark.parametrize("days", [7, 28])
def test_the_interval_holds_the_true_accuracy_in_95_of_100_cases(
    accuracy_of_day: list[float], days: int
) -> None:
    generator = np.random.default_rng(11)
    true = float(np.average(accuracy_of_day, weights=WEEK))
    held = 0
    for _ in range(1500):
        found = estimate.overall(*audited(generator, np.array(accuracy_of_day), days))
        assert isinstance(found, Estimate)
        held += found.low <= true <= found.high
    assert held / 1500 >= 0.94


def test_the_plain_share_of_days_drawn_differently_would_mislead() -> None:
    generator = np.random.default_rng(12)
    worse_at_weekends = np.array([0.98] * 5 + [0.5] * 2)
    true = float(np.average(worse_at_weekends, weights=WEEK))
    right, probability = audited(generator, worse_at_weekends, 7 * 200)
    found = estimate.overall(right, probability)
    assert found is not None
    assert found.accuracy == pytest.approx(true, abs=0.01)
    assert right.mean() < true - 0.03


def test_the_interval_also_holds_for_quiet_days_that_were_filled_up() -> None:
    generator = np.random.default_rng(13)
    accuracy = np.array([0.9] * 5 + [0.6] * 2)
    true = float(np.average(accuracy, weights=WEEK))
    held, runs = 0, 300
    for run in range(runs):
        right: list[bool] = []
        chances: list[float] = []
        for day, mails in enumerate(WEEK.tolist()):
            keys = [f"{run}-{day}-{n}" for n in range(mails)]
            chosen, chance = audit.filled_up(b"seed", keys, audit.share(mails))
            right += (generator.random(len(chosen)) < accuracy[day]).tolist()
            chances += [chance] * len(chosen)
        found = estimate.overall(np.array(right), np.array(chances))
        assert isinstance(found, Estimate)
        held += found.low <= true <= found.high
    assert held / runs >= 0.94

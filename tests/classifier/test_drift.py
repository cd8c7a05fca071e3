from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from buzon.classifier import drift
from buzon.classifier.drift import Alarm, Day, watch

WEEKS = 8
MONDAY = date(2026, 1, 5)
NAMES = [*"abcdefghijk"]
SHARES = np.array([20, 18, 14, 12, 10, 8, 6, 5, 4, 2, 1]) / 100
# Mails a day from Monday to Sunday.
VOLUME = [80, 70, 60, 60, 50, 15, 10]
# On some weekdays there are more of one category, on others of another.
WEEKDAYS = SHARES * np.exp(0.25 * np.random.default_rng(5).normal(size=(7, 11)))
WEEKDAYS /= WEEKDAYS.sum(axis=1, keepdims=True)


class Company:
    """Its mails day by day. Those of a day are alike: their mix, confidence and vocabulary vary
    more from day to day than chance among mails explains, the more the lower `alike` is. A day of
    so many mails tells half as much of the mix as if each mail came by itself.
    """

    def __init__(self, seed: int, alike: float = 60) -> None:
        self.generator = np.random.default_rng(seed)
        self.alike = alike

    def days(self, first: int, end: int, moved: str = "", mails: int = 0) -> list[Day]:
        return [self.day(number, moved, mails) for number in range(first, end)]

    def day(self, number: int, moved: str, mails: int) -> Day:
        weekday = number % 7
        mails = mails or self.generator.negative_binomial(15, 15 / (15 + VOLUME[weekday])) + 1
        return Day(
            date=MONDAY + timedelta(days=number),
            categories=self.categories(WEEKDAYS[weekday], mails, moved == "categories"),
            confidence=self.confidence(weekday, mails, moved == "confidence"),
            **self.words(mails, moved == "words"),
        )

    def categories(self, mix: np.ndarray, mails: int, moved: bool) -> dict[str, int]:
        if moved:
            mix = np.append(mix[0] + 0.15, mix[1:] * (1 - 0.15 / (1 - mix[0])))
        mix = self.generator.dirichlet(self.alike * mix)
        return dict(zip(NAMES, self.generator.multinomial(mails, mix).tolist(), strict=True))

    def confidence(self, weekday: int, mails: int, moved: bool) -> list[int]:
        mean = 0.85 - 0.02 * (weekday > 4) + self.generator.normal(0, 0.015) - 0.08 * moved
        mean = min(mean, 0.97)
        sure = self.generator.beta(5 * mean, 5 * (1 - mean), mails)
        return np.histogram(sure, bins=10, range=(0, 1))[0].tolist()

    def words(self, mails: int, moved: bool) -> dict[str, int]:
        share = (0.14 if moved else 0.08) * np.exp(self.generator.normal(0, 0.08))
        lengths = self.generator.integers(20, 250, mails)
        shares = self.generator.beta(12 * share, 12 * (1 - share), mails)
        unknown = int(self.generator.binomial(lengths, shares).sum())
        return {"known": int(lengths.sum()) - unknown, "unknown": unknown}


def first_alarm(training: Sequence[Day], recent: Sequence[Day], what: str) -> int | None:
    """After how many days of looking daily it comes."""
    for end in range(1, len(recent) + 1):
        if any(alarm.what == what for alarm in watch(training, recent[:end])):
            return end
    return None


@pytest.mark.parametrize(("training", "alike"), [(28, 25), (56, 60), (56, 200)])
def test_eight_weeks_of_looking_daily_give_a_false_alarm_in_at_most_one_case_of_twenty(
    training: int, alike: float
) -> None:
    runs, alarmed = 100, 0
    for seed in range(runs):
        company = Company(seed, alike)
        days = company.days(0, training + 7 * WEEKS)
        # An alarm once given stays (see below), so the last day tells of all.
        alarmed += bool(watch(days[:training], days[training:]))
    assert alarmed <= 0.05 * runs


@pytest.mark.parametrize(
    ("what", "moved", "usual_days", "most_days"),
    [
        ("categories", "a", 13, 18),
        ("confidence", "confidence", 7, 10),
        ("words", "unknown", 7, 10),
    ],
)
def test_a_real_shift_is_found_within_days_and_dated(
    what: str, moved: str, usual_days: int, most_days: int
) -> None:
    delays, dated = [], []
    for seed in range(20):
        company = Company(seed)
        training, quiet = company.days(0, 56), company.days(56, 77)
        shifted = company.days(77, 107, moved=what, mails=60)
        for end in range(1, 31):
            alarms = [a for a in watch(training, quiet + shifted[:end]) if a.what == what]
            if alarms:
                break
        assert alarms
        assert moved in alarms[0].moved
        delays.append(end)
        dated.append((alarms[0].since - shifted[0].date).days)
    assert np.median(delays) <= usual_days
    assert np.quantile(delays, 0.9) <= most_days
    assert abs(np.median(dated)) <= 2


@pytest.mark.parametrize("what", ["categories", "confidence", "words"])
def test_an_alarm_once_given_stays_and_keeps_its_date(what: str) -> None:
    company = Company(3)
    training, recent = company.days(0, 56), company.days(56, 86, moved=what, mails=60)
    first = first_alarm(training, recent, what)
    assert first is not None
    dates = {
        alarm.since
        for end in range(first, len(recent) + 1)
        for alarm in watch(training, recent[:end])
        if alarm.what == what
    }
    assert len(dates) == 1


def test_the_alarm_says_from_how_much_to_how_much() -> None:
    company = Company(4)
    training, recent = company.days(0, 56), company.days(56, 86, moved="words", mails=60)
    (alarm,) = [alarm for alarm in watch(training, recent) if alarm.what == "words"]
    assert isinstance(alarm, Alarm)
    assert alarm.moved["unknown"] == (pytest.approx(0.08, abs=0.01), pytest.approx(0.14, abs=0.01))
    assert 0 < alarm.p <= 0.05


def test_a_category_nobody_knew_sets_off_the_alarm() -> None:
    company = Company(5)
    training, recent = company.days(0, 56), company.days(56, 86)
    with_new = [
        Day(day.date, {**day.categories, "new": day.mails // 5 + 1}, day.confidence, 9, 1)
        for day in recent
    ]
    (alarm,) = [alarm for alarm in watch(training, with_new) if alarm.what == "categories"]
    before, now = alarm.moved[""]
    assert before == 0
    assert now == pytest.approx(0.17, abs=0.02)


def test_days_without_mail_are_passed_over() -> None:
    company = Company(6)
    days = company.days(0, 56) + company.days(56, 112, moved="words")
    holidays = [
        Day(day.date, {}, [0] * 10, 0, 0) if number % 10 == 0 else day
        for number, day in enumerate(days)
    ]
    without = [[day for day in half if day.mails] for half in (holidays[:56], holidays[56:])]
    assert watch(*without)
    assert watch(holidays[:56], holidays[56:]) == watch(*without)


def test_nothing_is_judged_by_a_training_period_of_a_few_days() -> None:
    company = Company(7)
    training, recent = company.days(0, drift.FEWEST_DAYS), company.days(28, 84, moved="words")
    assert watch(training, recent)
    assert watch(training[1:], recent) == []
    assert watch([], []) == []
    assert watch(company.days(0, 56), []) == []

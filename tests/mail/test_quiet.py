"""When it is quiet, and until when."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from buzon.mail.quiet import WHOLE_DAY, Hours, Quiet

MADRID = ZoneInfo("Europe/Madrid")
NIGHT = Hours(time(20), time(8))
NIGHTS = Quiet(dict.fromkeys(range(7), NIGHT))
OFFICE = Quiet(dict.fromkeys(range(5), NIGHT) | {5: WHOLE_DAY, 6: WHOLE_DAY})
TODAY = date(2026, 11, 27)


def at(text: str) -> datetime:
    """A moment in Madrid."""
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


@pytest.mark.parametrize(
    ("when", "ends"),
    [
        ("2026-11-27 19:59", None),
        ("2026-11-27 20:00", "2026-11-28 08:00"),
        ("2026-11-28 07:59:59", "2026-11-28 08:00"),
        ("2026-11-28 08:00", None),
    ],
)
def test_a_night_lasts_from_the_evening_to_the_morning(when: str, ends: str | None) -> None:
    assert NIGHTS.until(at(when), MADRID) == (at(ends) if ends else None)


def test_hours_within_a_day_end_on_it() -> None:
    quiet = Quiet({4: Hours(time(14), time(16))})
    assert quiet.until(at("2026-11-27 15:00"), MADRID) == at("2026-11-27 16:00")
    assert quiet.until(at("2026-11-28 15:00"), MADRID) is None


def test_one_stretch_follows_the_other_from_friday_evening_to_monday_morning() -> None:
    assert OFFICE.until(at("2026-11-27 21:00"), MADRID) == at("2026-11-30 08:00")


def test_a_night_is_quiet_on_the_days_that_have_one() -> None:
    friday = Quiet({4: NIGHT})
    assert friday.until(at("2026-11-27 07:00"), MADRID) == at("2026-11-27 08:00")
    assert friday.until(at("2026-11-27 21:00"), MADRID) == at("2026-11-28 00:00")


def test_a_holiday_joins_the_nights_around_it() -> None:
    quiet = Quiet(NIGHTS.week, frozenset({date(2026, 12, 25)}))
    assert quiet.until(at("2026-12-24 20:00"), MADRID) == at("2026-12-26 08:00")


@pytest.mark.parametrize(
    ("when", "ends", "hours"),
    [("2026-03-28 20:00", "2026-03-29 08:00", 11), ("2026-10-24 20:00", "2026-10-25 08:00", 13)],
)
def test_the_morning_is_at_eight_also_where_the_clocks_change(
    when: str, ends: str, hours: int
) -> None:
    until = NIGHTS.until(at(when), MADRID)
    assert until == at(ends)
    assert until is not None
    assert (until.timestamp() - at(when).timestamp()) / 3600 == hours


def test_without_any_it_is_never_quiet() -> None:
    assert Quiet().until(at("2026-11-27 03:00"), MADRID) is None


def test_a_weekend_is_not_too_long_and_a_whole_week_is() -> None:
    assert not OFFICE.too_long(MADRID, TODAY)
    assert Quiet(dict.fromkeys(range(7), WHOLE_DAY)).too_long(MADRID, TODAY)


def test_a_holiday_far_off_that_makes_it_too_long_is_found() -> None:
    easter = frozenset({date(2027, 3, 25), date(2027, 3, 26), date(2027, 3, 29)})
    assert Quiet(OFFICE.week, easter).too_long(MADRID, TODAY)
    assert not Quiet(OFFICE.week, frozenset({date(2027, 3, 26)})).too_long(MADRID, TODAY)


def test_no_answer_waits_longer_than_four_days_whatever_the_database_says() -> None:
    quiet = Quiet(dict.fromkeys(range(7), WHOLE_DAY))
    began = at("2026-11-27 12:00")
    until = quiet.until(began, MADRID)
    assert until is not None
    assert until.timestamp() - began.timestamp() <= 4 * 86400

"""Whether the mails are still like those of the training period, watched day by day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from buzon.classifier.drift import FEWEST_DAYS, PERIOD, Day, watch
from buzon.store import drift_alarms
from buzon.store.db import Connection, Database
from buzon.store.drift_alarms import DayOfMails

# How many days are compared with: none is judged before that many are past.
FIRST = timedelta(days=max(28, FEWEST_DAYS))
LENGTH = timedelta(days=PERIOD)


async def look(db: Database, timezone: ZoneInfo, now: datetime | None = None) -> int:
    """Note what has moved, and return how many alarms ring. Looking more often than daily changes
    nothing: only days that are over are looked at."""
    today = (now or datetime.now(UTC)).astimezone(timezone).date()
    async with db.transaction() as connection:
        first = await drift_alarms.first_day(connection, timezone.key)
        if first is None or today - first < FIRST:
            return 0
        start = _watched_from(first, today, await drift_alarms.learnt_since(connection))
        at_work = await drift_alarms.at_work_since(connection, start)
        usual = _training_period(start, first, at_work)
        alarms = watch(
            await _days(connection, usual, min(usual + LENGTH, start), timezone),
            await _days(connection, start, today, timezone),
        )
        await drift_alarms.put(
            connection, start, [(alarm.what, alarm.since, alarm.p, alarm.moved) for alarm in alarms]
        )
    return len(alarms)


async def watched_from(db: Connection, timezone: ZoneInfo) -> date | None:
    """The day from which on drift can be told at all; None before the first mail."""
    first = await drift_alarms.first_day(db, timezone.key)
    return first + FIRST if first else None


def _watched_from(first: date, today: date, learnt: date | None) -> date:
    """Since when the present eight weeks are watched. A model that was put to work after an alarm
    has learnt what moved: then watching begins anew."""
    blocks = (today - first - FIRST) // LENGTH
    start = first + FIRST + blocks * LENGTH
    return max(start, learnt) if learnt else start


def _training_period(start: date, first: date, at_work: date | None) -> date:
    """The beginning of the eight weeks that are compared with: the first ones of the model at work,
    which is like what it learnt from and says itself what its mails are; or those before `start`,
    where it came to work within them."""
    return min(start - LENGTH, max(first, at_work or first))


async def _days(db: Connection, start: date, end: date, timezone: ZoneInfo) -> list[Day]:
    """The days from `start` on that are before `end`."""
    since, until = (datetime.combine(day, time(), timezone) for day in (start, end))
    found = await drift_alarms.days(db, since, until, timezone.key)
    return [_day(day) for day in found]


def _day(day: DayOfMails) -> Day:
    return Day(day.day, day.categories, day.confidence, day.known_words, day.unknown_words)

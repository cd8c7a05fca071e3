"""Whether the mails of the last weeks are still like those before, watched day by day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from buzon.classifier.drift import FEWEST_DAYS, PERIOD, Day, watch
from buzon.store import drift_alarms
from buzon.store.db import Connection, Database

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
        since = datetime.combine(start - LENGTH, time(), timezone)
        days = [
            Day(day.day, day.categories, day.confidence, day.known_words, day.unknown_words)
            for day in await drift_alarms.days(connection, since, timezone.key)
            if day.day < today
        ]
        before = [day for day in days if day.date < start]
        alarms = watch(before, [day for day in days if day.date >= start])
        await drift_alarms.put(
            connection, start, [(alarm.what, alarm.since, alarm.p, alarm.moved) for alarm in alarms]
        )
    return len(alarms)


async def watched_from(db: Connection, timezone: ZoneInfo) -> date | None:
    """The day from which on drift can be told at all; None before the first mail."""
    first = await drift_alarms.first_day(db, timezone.key)
    return first + FIRST if first else None


def _watched_from(first: date, today: date, learnt: date | None) -> date:
    """Since when the present eight weeks are watched; the eight before are what is usual. A model
    that was put to work after an alarm has learnt what moved: then watching begins anew."""
    blocks = (today - first - FIRST) // LENGTH
    start = first + FIRST + blocks * LENGTH
    return max(start, learnt) if learnt else start

"""The table `drift_alarms`, and the daily figures that drift is told by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.types.json import Jsonb

from buzon.store.db import Connection

BINS = 10


@dataclass(frozen=True, slots=True)
class DayOfMails:
    """The mails of one day: how many of each category, of each tenth of confidence, and how many
    of their words the model knew and didn't know."""

    day: date
    categories: dict[str, int]
    confidence: tuple[int, ...]
    known_words: int
    unknown_words: int


@dataclass(frozen=True, slots=True)
class Drift:
    """`what` (categories, confidence or words) moved `since` that day: {which: (before, now)}."""

    what: str
    since: date
    found_at: datetime
    p: float
    moved: dict[str, tuple[float, float]]


async def days(db: Connection, version: str, since: datetime, timezone: str) -> list[DayOfMails]:
    """The days of the company's time zone since `since`, with what this model said of their
    mails; the oldest first. Imported mails don't count, nor days without a mail."""
    rows = await db.execute(
        """
        SELECT (stored_at AT TIME ZONE %(zone)s)::date AS day,
               category,
               least(floor(confidence * %(bins)s)::int, %(bins)s - 1) AS bin,
               count(*), sum(words - unknown_words), sum(unknown_words)
        FROM events
        WHERE stored_at >= %(since)s AND source <> 'import' AND model_version = %(version)s
        GROUP BY 1, 2, 3 ORDER BY 1
        """,
        {"zone": timezone, "bins": BINS, "since": since, "version": version},
    )
    found: dict[date, DayOfMails] = {}
    async for day, category, bin, count, known, unknown in rows:
        old = found.get(day, DayOfMails(day, {}, (0,) * BINS, 0, 0))
        histogram = list(old.confidence)
        histogram[bin] += count
        categories = {**old.categories, category: old.categories.get(category, 0) + count}
        found[day] = DayOfMails(
            day, categories, tuple(histogram), old.known_words + known, old.unknown_words + unknown
        )
    return list(found.values())


async def put(
    db: Connection,
    version: str,
    alarms: Sequence[tuple[str, date, float, Mapping[str, tuple[float, float]]]],
) -> None:
    """Note alarms of the model at work; one that rings already keeps the day it began."""
    for what, since, p, moved in alarms:
        await db.execute(
            """
            INSERT INTO drift_alarms (model_version, what, since, p, moved)
            VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (model_version, what) DO UPDATE SET p = excluded.p, moved = excluded.moved
            """,
            [version, what, since, p, Jsonb({key: list(pair) for key, pair in moved.items()})],
        )


async def of(db: Connection, version: str) -> list[Drift]:
    """What has moved away from what this model learnt."""
    rows = await db.execute(
        "SELECT what, since, found_at, p, moved FROM drift_alarms"
        " WHERE model_version = %s ORDER BY found_at",
        [version],
    )
    return [
        Drift(what, since, at, p, {key: tuple(pair) for key, pair in moved.items()})
        async for what, since, at, p, moved in rows
    ]

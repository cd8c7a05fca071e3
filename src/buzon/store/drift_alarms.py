"""The table `drift_alarms`, and the daily figures that drift is told by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.types.json import Jsonb

from buzon.store.db import Connection

BINS = 10

# That a model was put to work which was made after alarm `a`, and so learnt what moved. An older
# one that somebody brings back hasn't.
LEARNT = """
    FROM promotions p JOIN models m USING (version)
    WHERE p.at > a.found_at AND m.created_at > a.found_at
"""


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
    """`what` (categories, confidence or words) moved `since` that day, as was `found_at` a time.
    `p`: how likely chance alone does that. `moved`: {which: (before, now)}."""

    what: str
    since: date
    found_at: datetime
    p: float
    moved: dict[str, tuple[float, float]]


async def first_day(db: Connection, timezone: str) -> date | None:
    """The day of the first mail, in the company's time zone; imported ones don't count."""
    rows = await db.execute(
        "SELECT (stored_at AT TIME ZONE %s)::date FROM events WHERE source <> 'import'"
        " ORDER BY id LIMIT 1",
        [timezone],
    )
    row = await rows.fetchone()
    return row[0] if row else None


async def learnt_since(db: Connection) -> date | None:
    """When a model was put to work that was made after the last alarm, if one was."""
    rows = await db.execute(
        f"SELECT (SELECT min(p.at)::date {LEARNT})"  # noqa: S608
        " FROM (SELECT max(found_at) AS found_at FROM drift_alarms) AS a"
    )
    row = await rows.fetchone()
    return row[0] if row else None


async def at_work_since(db: Connection, day: date) -> date | None:
    """Since when the model that was at work at the end of that day was so; None before all."""
    rows = await db.execute("SELECT max(at)::date FROM promotions WHERE at::date <= %s", [day])
    row = await rows.fetchone()
    return row[0] if row else None


async def days(db: Connection, since: datetime, until: datetime, timezone: str) -> list[DayOfMails]:
    """The days of the company's time zone from `since` on and before `until`, with what was said of
    their mails; the oldest first. Imported mails don't count; days without a mail are left out."""
    rows = await db.execute(
        """
        SELECT (stored_at AT TIME ZONE %(zone)s)::date AS day,
               present_name(category),
               least(floor(confidence * %(bins)s)::int, %(bins)s - 1) AS bin,
               count(*), sum(words - unknown_words), sum(unknown_words)
        FROM events
        WHERE stored_at >= %(since)s AND stored_at < %(until)s AND source <> 'import'
        GROUP BY 1, 2, 3 ORDER BY 1
        """,
        {"zone": timezone, "bins": BINS, "since": since, "until": until},
    )
    found: dict[date, DayOfMails] = {}
    async for day, category, tenth, count, known, unknown in rows:
        old = found.get(day, DayOfMails(day, {}, (0,) * BINS, 0, 0))
        histogram = list(old.confidence)
        histogram[tenth] += count
        categories = {**old.categories, category: old.categories.get(category, 0) + count}
        found[day] = DayOfMails(
            day, categories, tuple(histogram), old.known_words + known, old.unknown_words + unknown
        )
    return list(found.values())


async def put(
    db: Connection,
    watched_from: date,
    alarms: Sequence[tuple[str, date, float, Mapping[str, tuple[float, float]]]],
) -> None:
    """Note alarms; one that rings already keeps the moment in which it was found."""
    for what, since, p, moved in alarms:
        await db.execute(
            """
            INSERT INTO drift_alarms (watched_from, what, since, p, moved)
            VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (watched_from, what) DO UPDATE SET p = excluded.p, moved = excluded.moved
            """,
            [watched_from, what, since, p, Jsonb({key: list(pair) for key, pair in moved.items()})],
        )


async def ringing(db: Connection) -> list[Drift]:
    """What has moved and was not learnt since."""
    rows = await db.execute(
        "SELECT what, since, found_at, p, moved FROM drift_alarms a"  # noqa: S608
        f" WHERE NOT EXISTS (SELECT {LEARNT}) ORDER BY found_at"
    )
    return [
        Drift(what, since, at, p, {key: (before, now) for key, (before, now) in moved.items()})
        async for what, since, at, p, moved in rows
    ]

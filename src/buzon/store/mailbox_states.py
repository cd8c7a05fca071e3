"""The table `mailbox_states`: how the reading of each mailbox goes, for every process to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from buzon.store.db import Connection

USUAL = 5  # mails that make a time of the week one in which mails come
WEEKS = 4
SHORTEST = timedelta(hours=1)  # of silence, that is worth a word


@dataclass(frozen=True, slots=True)
class Failing:
    """A mailbox that can't be read, since when, and the server's words."""

    name: str
    since: datetime
    fault: str


async def seen(db: Connection, name: str) -> None:
    """Its reader has looked into it just now."""
    await db.execute(
        """
        INSERT INTO mailbox_states (name, seen_at) VALUES (%s, now())
        ON CONFLICT (name) DO UPDATE SET seen_at = now(), failing_since = NULL, fault = ''
        """,
        [name],
    )


async def fails(db: Connection, name: str, fault: str) -> None:
    """Its reader can't read it."""
    await db.execute(
        """
        INSERT INTO mailbox_states AS present (name, failing_since, fault) VALUES (%s, now(), %s)
        ON CONFLICT (name) DO UPDATE
        SET failing_since = coalesce(present.failing_since, now()), fault = excluded.fault
        """,
        [name, fault],
    )


async def keep_only(db: Connection, names: Sequence[str]) -> None:
    """Forget those that are read no more."""
    await db.execute("DELETE FROM mailbox_states WHERE name <> ALL (%s)", [list(names)])


async def ages(db: Connection) -> list[float]:
    """Seconds since each was last looked into, or first failed, by name."""
    rows = await db.execute(
        """
        SELECT extract(epoch FROM now() - coalesce(seen_at, failing_since))::float8
        FROM mailbox_states ORDER BY name
        """
    )
    return [age async for (age,) in rows]


async def failing(db: Connection, longer_than: timedelta) -> list[Failing]:
    rows = await db.execute(
        """
        SELECT name, failing_since, fault FROM mailbox_states
        WHERE failing_since < now() - %s ORDER BY name
        """,
        [longer_than],
    )
    return [Failing(*row) async for row in rows]


async def silent(db: Connection) -> list[tuple[str, float]]:
    """Mailboxes that are silent though they shouldn't be, and for how many seconds: no mail has
    come for an hour or more, and in each of the four weeks before at least five came between the
    same times of the week."""
    rows = await db.execute(
        """
        WITH quiet AS (
            SELECT m.name, now() - newest.at AS span
            FROM mailbox_states m, LATERAL (
                SELECT received_at AS at FROM events WHERE mailbox = m.name
                ORDER BY received_at DESC LIMIT 1
            ) AS newest
            WHERE now() - newest.at BETWEEN %(shortest)s AND interval '7 days'
        )
        SELECT name, extract(epoch FROM span)::float8 FROM quiet q
        WHERE NOT EXISTS (
            SELECT FROM generate_series(1, %(weeks)s) AS week
            WHERE (SELECT count(*) FROM (
                       SELECT FROM events e
                       WHERE e.mailbox = q.name
                         AND e.received_at > now() - week * interval '7 days' - q.span
                         AND e.received_at <= now() - week * interval '7 days'
                       LIMIT %(usual)s) AS came) < %(usual)s
        )
        ORDER BY name
        """,
        {"shortest": SHORTEST, "weeks": WEEKS, "usual": USUAL},
    )
    return [(name, seconds) async for name, seconds in rows]

"""The table `changes`: who changed what about this Buzón. Triggers fill it, whatever road a change
comes by; whoever changes something says who they are (`Database.transaction(by=…)`). Erasures,
imports and exports, of which no trigger could tell, are noted here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from psycopg.types.json import Jsonb

from buzon.store.db import Connection

Thing = Literal[
    "categories",
    "users",
    "sign_in_links",
    "sessions",
    "identities",
    "tokens",
    "promotions",
    "settings",
    "inboxes",
    "mail_grants",
    "answer_templates",
    "quiet_times",
    "webhooks",
    "parked",
    "erasures",
    "imports",
    "exports",
]
THINGS: tuple[Thing, ...] = get_args(Thing)


@dataclass(frozen=True, slots=True)
class Change:
    """`what` is a table, `which` the row's name; of a change `was` and `becomes` hold what differs,
    of a secret only that there is one. Without `was` it was added, without `becomes` removed."""

    id: int
    at: datetime
    by: str
    what: Thing
    which: str
    was: dict[str, Any] | None
    becomes: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes are asked for; None and "" stand for all."""

    by: str = ""
    what: Thing | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


async def note(
    db: Connection,
    by: str,
    what: Thing,
    which: str,
    was: dict[str, Any] | None,
    becomes: dict[str, Any] | None,
) -> None:
    """Write down what no trigger can know of."""
    await db.execute(
        "INSERT INTO changes (by, what, which, was, becomes) VALUES (%s, %s, %s, %s, %s)",
        [by, what, which, *(None if each is None else Jsonb(each) for each in (was, becomes))],
    )


async def listed(db: Connection, wanted: Wanted, limit: int) -> list[Change]:
    """The newest first; those with a number below `before`."""
    rows = await db.execute(
        """
        SELECT c.id, c.at, c.by, c.what,
               CASE WHEN c.what IN ('sign_in_links', 'identities')
                    THEN coalesce((SELECT name FROM users WHERE id::text = c.which), c.which)
                    ELSE c.which END,
               c.was, c.becomes
        FROM changes c
        WHERE (%(by)s = '' OR c.by = %(by)s)
          AND (%(what)s::text IS NULL OR c.what = %(what)s)
          AND (%(since)s::timestamptz IS NULL OR c.at >= %(since)s)
          AND (%(until)s::timestamptz IS NULL OR c.at < %(until)s)
          AND (%(before)s::bigint IS NULL OR c.id < %(before)s)
        ORDER BY c.id DESC LIMIT %(limit)s
        """,
        {
            "by": wanted.by,
            "what": wanted.what,
            "since": wanted.since,
            "until": wanted.until,
            "before": wanted.before,
            "limit": limit,
        },
    )
    return [Change(*row) async for row in rows]


async def authors(db: Connection) -> list[str]:
    """Everybody who changed something, by name."""
    rows = await db.execute("SELECT DISTINCT by FROM changes ORDER BY by")
    return [name for (name,) in await rows.fetchall()]

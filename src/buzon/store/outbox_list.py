"""The table `outbox` as people look through it: what is in which state, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from buzon.records import ReplyStatus
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class Listed:
    """An answer in the list, without its text."""

    id: int
    event_id: int
    recipient: str
    subject: str
    status: ReplyStatus
    detail: str
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    handed_at: datetime | None


OF_A_STATE = sql.SQL("""
    (SELECT id, event_id, recipient, subject, status, detail, attempts, created_at, due_at, sent_at,
            handed_at
     FROM outbox
     WHERE id < coalesce(%(before)s, 9223372036854775807) AND {state}
     ORDER BY id DESC LIMIT %(limit)s)
""")

FOUND = sql.SQL("SELECT * FROM ({}) AS found ORDER BY id DESC LIMIT %(limit)s")


async def newest(
    db: Connection, limit: int, before: int | None, statuses: Sequence[ReplyStatus]
) -> list[Listed]:
    """The last answers, older than answer `before`; those in one of these states, or all where
    none is named."""
    # Each state by itself and written out: only so does PostgreSQL see that the index of the
    # answers that were not sent has those of one state in their order.
    states = [sql.SQL("status = {}").format(status) for status in statuses]
    parts = [OF_A_STATE.format(state=state) for state in states or (sql.SQL("true"),)]
    rows = await db.execute(
        FOUND.format(sql.SQL("UNION ALL").join(parts)),
        {"before": before, "limit": limit},
    )
    return [Listed(*row) for row in await rows.fetchall()]

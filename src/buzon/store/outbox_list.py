"""The table `outbox` as people look through it: what is in which state, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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


async def newest(
    db: Connection, limit: int, before: int | None, statuses: Sequence[ReplyStatus]
) -> list[Listed]:
    """The last answers, older than answer `before`; those in one of these states, or all where
    none is named."""
    chosen = "AND status = ANY(%(statuses)s)" if statuses else ""
    rows = await db.execute(
        f"""
        SELECT id, event_id, recipient, subject, status, detail, attempts, created_at, due_at,
               sent_at
        FROM outbox
        WHERE id < coalesce(%(before)s, 9223372036854775807) {chosen}
        ORDER BY id DESC LIMIT %(limit)s
        """,  # noqa: S608 - one of two fixed texts
        {"before": before, "limit": limit, "statuses": list(statuses)},
    )
    return [Listed(*row) for row in await rows.fetchall()]

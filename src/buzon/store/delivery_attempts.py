"""The table `delivery_attempts`: what the SMTP server said to each attempt to send an answer. It is
written where the outcome is, `outbox.record`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from buzon.store.db import Connection

MOST = 100  # shown of one answer; an hourly attempt for two days is less


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt; `detail` are the server's words."""

    number: int
    at: datetime
    status: Literal["sent", "failed", "retry"]
    detail: str


async def of_event(db: Connection, event_id: int) -> list[Attempt]:
    """The last attempts to answer an event, the oldest first."""
    rows = await db.execute(
        """
        SELECT a.number, a.at, a.status, a.detail
        FROM outbox o JOIN delivery_attempts a ON a.reply_id = o.id
        WHERE o.event_id = %s ORDER BY a.number DESC LIMIT %s
        """,
        [event_id, MOST],
    )
    return [Attempt(*row) for row in reversed(await rows.fetchall())]

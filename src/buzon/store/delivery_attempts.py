"""The table `delivery_attempts`: what the SMTP server said to each attempt to send an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from buzon.records import Outcome
from buzon.store.db import Connection

MOST = 100  # shown of one answer; an hourly attempt for two days is less


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt; `detail` are the server's words."""

    number: int
    at: datetime
    status: Literal["sent", "failed", "retry"]
    detail: str


async def add(db: Connection, worker: int, outcomes: Sequence[Outcome]) -> None:
    """Note the attempts that this worker has made, before its claims are given up. They have
    numbers of their own: outbox.attempts goes back where a claim is given back."""
    await db.execute(
        """
        INSERT INTO delivery_attempts (reply_id, number, status, detail)
        SELECT outbox.id, 1 + coalesce((SELECT max(number) FROM delivery_attempts
                                        WHERE reply_id = outbox.id), 0), o.status, o.detail
        FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS o(id, status, detail)
        JOIN outbox ON outbox.id = o.id AND outbox.claimed_by = %s
        """,
        [
            [outcome.id for outcome in outcomes],
            [outcome.status for outcome in outcomes],
            [outcome.detail for outcome in outcomes],
            worker,
        ],
    )


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

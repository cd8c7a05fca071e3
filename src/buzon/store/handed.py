"""The table `outbox` where an external program sends: what is in its hands, and comes back.

handed → sent, as it reports; handed → queued where it reports a failure, or nothing in time, and
from there it is handed out again, at most MOST times. Only conditional updates move a reply, so it
is in one hand at a time.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from buzon.records import ReplyStatus
from buzon.store.db import Connection

MOST = 10  # hand-outs of one reply

DUE = """
    (status = 'queued' OR status = 'handed' AND handed_at IS NOT NULL) AND due_at <= now()
"""


@dataclass(frozen=True, slots=True)
class Handed:
    """How it stands with a reply of which an external sender reports."""

    id: int
    status: ReplyStatus
    attempts: int
    ever: bool  # handed out at all


async def hand_out(
    db: Connection,
    limit: int,
    mailbox: str | None,
    hold_for: timedelta,
    keep_for: timedelta,
    *,
    again: bool,
) -> list[int]:
    """Give what is due, the longest due first, into the hands of who asks; the ids of the events.
    Of two who ask at once, each gets others. What was handed out and isn't reported counts as due
    only where it may go out `again`. What is older than `keep_for` stays: an answer that late
    confuses."""
    rows = await db.execute(
        f"""
        WITH due AS (
            SELECT id, status FROM outbox
            WHERE {DUE} AND (status = 'queued' OR %(again)s) AND attempts < %(most)s
              AND (mailbox = %(mailbox)s OR %(mailbox)s IS NULL)
              AND coalesce(quiet_until, created_at) > now() - %(keep_for)s
            ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        ), missed AS (
            {NOTE_UNREPORTED}
        ), handed AS (
            UPDATE outbox SET status = 'handed', handed_at = now(), due_at = now() + %(hold_for)s,
                              attempts = attempts + 1
            WHERE id IN (SELECT id FROM due)
            RETURNING event_id, id
        )
        SELECT event_id FROM handed ORDER BY id
        """,  # noqa: S608
        {
            "limit": limit,
            "mailbox": mailbox,
            "hold_for": hold_for,
            "keep_for": keep_for,
            "most": MOST,
            "again": again,
        },
    )
    return [event_id async for (event_id,) in rows]


# An attempt of which nobody told what came of it, of replies `due`.
NOTE_UNREPORTED = """
    INSERT INTO delivery_attempts (reply_id, number, status, detail)
    SELECT due.id, 1 + coalesce((SELECT max(number) FROM delivery_attempts
                                 WHERE reply_id = due.id), 0),
           'retry', 'handed out, and not reported in time'
    FROM due WHERE due.status = 'handed'
"""


async def take_back(db: Connection) -> list[int]:
    """Queue what was handed out and not reported in time, so that a worker sends it; the ids of
    the events."""
    rows = await db.execute(
        f"""
        WITH due AS (
            SELECT id, status FROM outbox
            WHERE status = 'handed' AND handed_at IS NOT NULL AND due_at <= now()
            FOR UPDATE SKIP LOCKED
        ), missed AS (
            {NOTE_UNREPORTED}
        )
        UPDATE outbox SET status = 'queued' WHERE id IN (SELECT id FROM due) RETURNING event_id
        """  # noqa: S608
    )
    return [event_id async for (event_id,) in rows]


async def give_up(db: Connection, keep_for: timedelta) -> list[int]:
    """Give up what is due once more and was handed out so often, or is older than `keep_for`; the
    ids of the events."""
    rows = await db.execute(
        f"""
        UPDATE outbox
        SET status = 'failed',
            detail = concat_ws(': ', format('not sent, handed out %%s times', attempts),
                               nullif(detail, ''))
        WHERE {DUE} AND handed_at IS NOT NULL
          AND (attempts >= %(most)s OR coalesce(quiet_until, created_at) <= now() - %(keep_for)s)
        RETURNING event_id
        """,  # noqa: S608
        {"most": MOST, "keep_for": keep_for},
    )
    return [event_id async for (event_id,) in rows]


async def of_event(db: Connection, event_id: int) -> Handed | None:
    """The reply of an event, which nobody else changes until the transaction ends; None where it
    has none."""
    rows = await db.execute(
        "SELECT id, status, attempts, handed_at IS NOT NULL FROM outbox WHERE event_id = %s"
        " FOR UPDATE",
        [event_id],
    )
    row = await rows.fetchone()
    return Handed(*row) if row else None


async def note_sent(db: Connection, reply: Handed, detail: str, message_id: str) -> None:
    """It went out, under this Message-ID unless that is empty or another reply's."""
    await _note_attempt(db, reply.id, "sent", detail)
    await db.execute(
        """
        UPDATE outbox
        SET status = 'sent', detail = %(detail)s, sent_at = now(),
            message_id = CASE
                WHEN %(message_id)s = '' THEN message_id
                WHEN EXISTS (SELECT FROM outbox WHERE message_id = %(message_id)s) THEN message_id
                ELSE %(message_id)s
            END
        WHERE id = %(id)s
        """,
        {"detail": detail, "message_id": message_id, "id": reply.id},
    )


async def note_failed(db: Connection, reply: Handed, detail: str, pause: timedelta) -> None:
    """It did not go out: it is due again after the pause, or was handed out often enough."""
    again = reply.attempts < MOST
    await _note_attempt(db, reply.id, "retry" if again else "failed", detail)
    await db.execute(
        "UPDATE outbox SET status = %s, detail = %s, due_at = now() + %s WHERE id = %s",
        ["queued" if again else "failed", detail, pause, reply.id],
    )


async def _note_attempt(
    db: Connection, id: int, status: Literal["sent", "failed", "retry"], detail: str
) -> None:
    await db.execute(
        """
        INSERT INTO delivery_attempts (reply_id, number, status, detail)
        SELECT %(id)s, 1 + coalesce(max(number), 0), %(status)s, %(detail)s
        FROM delivery_attempts WHERE reply_id = %(id)s
        """,
        {"id": id, "status": status, "detail": detail},
    )

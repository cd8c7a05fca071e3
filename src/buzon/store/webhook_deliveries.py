"""The table `webhook_deliveries`: what webhooks are to be told, and what became of it.

queued → delivered | failed. Triggers write the rows. While one is being tried it stays queued, and
is due when its worker must have ended: what one that dies had in hand is tried again by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from buzon.errors import NotFound
from buzon.store.db import Connection

TEST = "test"  # the kind that somebody asks for

Status = Literal["queued", "delivered", "failed"]
STATUSES: tuple[Status, ...] = ("queued", "delivered", "failed")

_COLUMNS = """id, message, kind, event_id, created_at, status, attempts, due_at, delivered_at,
              http_status, detail, response, milliseconds"""


def name_of(message: UUID) -> str:
    """What the receiver knows a message by."""
    return f"msg_{message.hex}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the log."""

    id: int
    message: UUID
    kind: str
    event_id: int | None
    created_at: datetime
    status: Status
    attempts: int
    due_at: datetime
    delivered_at: datetime | None
    http_status: int | None
    detail: str
    response: str
    milliseconds: int | None

    @property
    def name(self) -> str:
        return name_of(self.message)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a worker is to deliver: as much as the webhook is told now. `body` is the mail's text,
    where it is told that too."""

    id: int
    message: UUID
    kind: str
    created_at: datetime
    attempts: int
    data: Mapping[str, Any]
    body: str | None

    @property
    def name(self) -> str:
        return name_of(self.message)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt; `due_at` is when there is another one."""

    id: int
    status: Status
    due_at: datetime
    http_status: int | None
    detail: str
    response: str
    milliseconds: int | None


async def claim(db: Connection, webhook: int, limit: int, lease: timedelta) -> list[Claimed]:
    """Take what this webhook is due to be told, for so long. Of two workers that ask at once, each
    gets others."""
    rows = await db.execute(
        """
        WITH taken AS (
            UPDATE webhook_deliveries SET attempts = attempts + 1, due_at = now() + %s
            WHERE id IN (
                SELECT d.id FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
                WHERE d.webhook_id = %s AND d.status = 'queued' AND d.due_at <= now()
                  AND w.disabled_at IS NULL
                ORDER BY d.due_at, d.id LIMIT %s FOR UPDATE OF d SKIP LOCKED
            )
            RETURNING id, message, webhook_id, kind, created_at, attempts, data, event_id
        )
        SELECT t.id, t.message, t.kind, t.created_at, t.attempts,
               as_much_as_told(t.data, w.content),
               CASE WHEN w.content = 'text' THEN e.body END
        FROM taken t JOIN webhooks w ON w.id = t.webhook_id LEFT JOIN events e ON e.id = t.event_id
        ORDER BY t.id
        """,
        [lease, webhook, limit],
    )
    return [Claimed(*row) for row in await rows.fetchall()]


async def record(db: Connection, outcomes: Sequence[Outcome]) -> None:
    """Write down what became of attempts. What was switched off meanwhile stays so, unless it was
    delivered."""
    async with db.cursor() as cursor:
        await cursor.executemany(
            """
            UPDATE webhook_deliveries
            SET status = %(status)s, due_at = %(due_at)s, http_status = %(http_status)s,
                detail = %(detail)s, response = %(response)s, milliseconds = %(milliseconds)s,
                delivered_at = CASE WHEN %(status)s = 'delivered' THEN now() END
            WHERE id = %(id)s AND (status = 'queued' OR %(status)s = 'delivered')
            """,
            [
                {
                    "id": o.id, "status": o.status, "due_at": o.due_at,
                    "http_status": o.http_status, "detail": o.detail, "response": o.response,
                    "milliseconds": o.milliseconds,
                }
                for o in outcomes
            ],
        )  # fmt: skip


async def give_up(db: Connection, webhook: int, why: str) -> None:
    """Try nothing more of what this webhook waits for."""
    await db.execute(
        "UPDATE webhook_deliveries SET status = 'failed', detail = %s"
        " WHERE webhook_id = %s AND status = 'queued'",
        [why, webhook],
    )


async def again(db: Connection, webhook: int, id: int) -> Delivery:
    """Have it delivered once more, as the message that it was. Raises NotFound."""
    rows = await db.execute(
        f"""
        UPDATE webhook_deliveries SET status = 'queued', attempts = 0, due_at = now()
        WHERE webhook_id = %s AND id = %s RETURNING {_COLUMNS}
        """,  # noqa: S608
        [webhook, id],
    )
    return _there(await rows.fetchone())


async def add_test(
    db: Connection, webhook: int, data: Mapping[str, Any], lease: timedelta
) -> Claimed:
    """A message that only its maker delivers."""
    rows = await db.execute(
        """
        INSERT INTO webhook_deliveries (webhook_id, kind, data, attempts, due_at)
        VALUES (%s, %s, %s, 1, now() + %s)
        RETURNING id, message, kind, created_at, attempts, data, NULL
        """,
        [webhook, TEST, Jsonb(dict(data)), lease],
    )
    row = await rows.fetchone()
    assert row is not None  # noqa: S101 - just inserted
    return Claimed(*row)


async def due(db: Connection) -> list[int]:
    """The webhooks that something is due for, and no job waits to deliver it."""
    rows = await db.execute(
        """
        SELECT w.id FROM webhooks w
        WHERE w.disabled_at IS NULL
          AND EXISTS (SELECT FROM webhook_deliveries d
                      WHERE d.webhook_id = w.id AND d.status = 'queued' AND d.due_at <= now())
          AND NOT EXISTS (SELECT FROM procrastinate_jobs
                          WHERE status = 'todo' AND lock = 'webhook ' || w.id)
        """
    )
    return [id for (id,) in await rows.fetchall()]


NEWEST = sql.SQL("""
    SELECT {columns} FROM webhook_deliveries
    WHERE webhook_id = %(webhook)s AND id < coalesce(%(before)s, 9223372036854775807) AND {state}
    ORDER BY id DESC LIMIT %(limit)s
""")


async def newest(
    db: Connection,
    webhook: int,
    limit: int,
    *,
    before: int | None = None,
    status: Status | None = None,
) -> list[Delivery]:
    """The last ones, those with a number below `before`."""
    # Written out: only so does PostgreSQL see that an index holds those of one state.
    state = sql.SQL("status = {}").format(status) if status else sql.SQL("true")
    rows = await db.execute(
        NEWEST.format(columns=sql.SQL(_COLUMNS), state=state),
        {"webhook": webhook, "before": before, "limit": limit},
    )
    return [Delivery(*row) for row in await rows.fetchall()]


async def get(db: Connection, webhook: int, id: int) -> Delivery:
    """Raises NotFound."""
    rows = await db.execute(
        f"SELECT {_COLUMNS} FROM webhook_deliveries WHERE webhook_id = %s AND id = %s",  # noqa: S608
        [webhook, id],
    )
    return _there(await rows.fetchone())


@dataclass(frozen=True, slots=True)
class Tally:
    """How a webhook does: what waits, how much of that was tried in vain, what failed within three
    days but for tests, and when it last worked."""

    queued: int = 0
    retried: int = 0
    failed: int = 0
    delivered_at: datetime | None = None


async def tallies(db: Connection) -> dict[int, Tally]:
    """By webhook."""
    rows = await db.execute(
        """
        SELECT w.id,
               (SELECT count(*) FROM webhook_deliveries
                WHERE webhook_id = w.id AND status = 'queued'),
               (SELECT count(*) FROM webhook_deliveries
                WHERE webhook_id = w.id AND status = 'queued' AND milliseconds IS NOT NULL),
               (SELECT count(*) FROM webhook_deliveries
                WHERE webhook_id = w.id AND status = 'failed' AND kind <> 'test'
                  AND created_at > now() - interval '3 days'),
               (SELECT delivered_at FROM webhook_deliveries
                WHERE webhook_id = w.id AND status = 'delivered' ORDER BY id DESC LIMIT 1)
        FROM webhooks w
        """
    )
    return {id: Tally(*counts) async for id, *counts in rows}


async def forget(db: Connection, older_than: timedelta) -> int:
    """Delete what was told so long ago; how many. What is still queued stays, unless its webhook is
    switched off."""
    done = await db.execute(
        """
        DELETE FROM webhook_deliveries d USING webhooks w
        WHERE w.id = d.webhook_id AND d.created_at < now() - %s
          AND (d.status <> 'queued' OR w.disabled_at IS NOT NULL)
        """,
        [older_than],
    )
    return done.rowcount


def _there(row: tuple[Any, ...] | None) -> Delivery:
    if row is None:
        raise NotFound("There is no such delivery.", "They are kept for 30 days.")
    return Delivery(*row)

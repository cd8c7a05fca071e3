"""The table `outbox`: every automatic answer and what became of it.

queued → sending → sent | failed, back to queued where trying again may help.
held: waits for room under the global cap. kept: the sandbox's, or made before sending was
configured; never sent. handed: in the hands of an external sender until `due_at` (see handed.py).

What is made in quiet hours is queued, and due at `quiet_until`: then it counts as let go.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from buzon.records import Outcome, QueuedReply, Reply, ReplyStatus
from buzon.store.db import PREPARE, Connection
from buzon.store.literals import as_array, as_json
from buzon.store.notify import CHANNEL

# Class of the advisory locks that say which workers are alive; the object is the worker's number.
WORKERS = 0x574F

# The states a new reply can have in which it goes out; the global cap counts these.
LET_GO: frozenset[ReplyStatus] = frozenset({"queued", "handed"})


@dataclass(frozen=True, slots=True)
class Addressee:
    """How often an address was answered of late."""

    last_hour: int
    last_day: int
    subjects: frozenset[str]  # subject keys answered in the last day


async def add(
    db: Connection,
    replies: Sequence[tuple[Reply, str, ReplyStatus]],
    now: datetime,
    quiet_until: datetime | None = None,
    hand_out_for: timedelta = timedelta(),
) -> None:
    """Store replies, each with its subject key and status. Those to be sent are due now, or when it
    ends to be quiet; those that are handed out, when they are no longer in those hands."""
    async with (
        db.cursor() as cursor,
        cursor.copy(
            """
        COPY outbox (event_id, message_id, thread_id, mailbox, recipient, subject_key,
                     envelope_from, from_header, subject, body, html, headers, status, template,
                     template_version, released_at, due_at, quiet_until, attempts, handed_at)
        FROM STDIN
        """
        ) as copy,
    ):
        for r, subject_key, status in replies:
            quiet = quiet_until if status == "queued" else None
            handed = status == "handed"
            due = now + hand_out_for if handed else quiet or now
            await copy.write_row((
                r.event_id, r.message_id, r.thread_id, r.mailbox, r.recipient, subject_key,
                r.envelope_from, r.from_header, r.subject, r.text, r.html, as_json(r.headers),
                status, r.template, r.template_version,
                (quiet or now) if status in LET_GO else None, due, quiet, int(handed),
                now if handed else None,
            ))  # fmt: skip


async def addressees(db: Connection, recipients: Sequence[str]) -> dict[str, Addressee]:
    """What each of these addresses, in lower case, got from us in the last hour and day."""
    rows = await db.execute(
        """
        SELECT lower(recipient),
               count(*) FILTER (WHERE created_at > now() - interval '1 hour'),
               count(*),
               array_agg(DISTINCT subject_key)
        FROM outbox
        WHERE lower(recipient) = ANY(%s::text[]) AND created_at > now() - interval '1 day'
        GROUP BY lower(recipient)
        """,
        [as_array(recipients)],
        prepare=PREPARE,
    )
    return {
        recipient: Addressee(hour, day, frozenset(subjects))
        async for recipient, hour, day, subjects in rows
    }


async def answered_threads(db: Connection, thread_ids: Sequence[str]) -> set[str]:
    """Which of these conversations have had their answer."""
    rows = await db.execute(
        "SELECT DISTINCT thread_id FROM outbox WHERE thread_id = ANY(%s::text[])",
        [as_array(thread_ids)],
        prepare=PREPARE,
    )
    return {thread_id async for (thread_id,) in rows}


async def count_last_hour(db: Connection) -> int:
    """How many answers were let go in the last hour; those held back are not among them. What waits
    for quiet hours to end counts already: all of it goes out at once then."""
    row = await (
        await db.execute(
            """
            SELECT count(*) FROM outbox WHERE released_at > now() - interval '1 hour'
            """,
            prepare=PREPARE,
        )
    ).fetchone()
    return int(row[0]) if row else 0


async def expire(db: Connection, keep_for: timedelta) -> list[int]:
    """Give up what could not be sent for so long: an answer that late confuses. What waited for
    quiet hours to end has the same time from there on. Returns the ids of the events concerned."""
    rows = await db.execute(
        """
        UPDATE outbox
        SET status = 'failed',
            detail = concat_ws(': ', format('not sent in %%s days, tried %%s times',
                                            extract(day FROM %(keep_for)s), attempts),
                               nullif(detail, ''))
        WHERE status = 'queued' AND coalesce(quiet_until, created_at) < now() - %(keep_for)s
        RETURNING event_id
        """,
        {"keep_for": keep_for},
    )
    return [event_id async for (event_id,) in rows]


async def claim(db: Connection, worker: int, limit: int) -> list[QueuedReply]:
    """Take replies that are due. Of two workers that ask at once, each gets others: the rows are
    locked by the first and skipped by the second."""
    rows = await db.execute(
        """
        UPDATE outbox SET status = 'sending', claimed_by = %s, claimed_at = now(),
                          orphaned_at = NULL, attempts = attempts + 1
        WHERE id IN (
            SELECT id FROM outbox WHERE status = 'queued' AND due_at <= now()
            ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
        )
        RETURNING id, attempts, created_at, event_id, message_id, thread_id, mailbox,
                  envelope_from, from_header, recipient, subject, body, html, headers
        """,
        [worker, limit],
    )
    return [_queued(row) for row in await rows.fetchall()]


def _queued(row: tuple[Any, ...]) -> QueuedReply:
    id, attempts, created_at, *rest = row
    names = (
        "event_id", "message_id", "thread_id", "mailbox", "envelope_from", "from_header",
        "recipient", "subject", "text", "html", "headers",
    )  # fmt: skip
    return QueuedReply(id, attempts, created_at, Reply(**dict(zip(names, rest, strict=True))))


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of the attempt of this number, and when another one is due, if one is."""

    outcome: Outcome
    attempt: int
    next_at: datetime


async def record(db: Connection, worker: int, tried: Sequence[Tried]) -> list[int]:
    """Write down what the server said of at most notify.IDS_A_MESSAGE attempts, unless the reply
    was claimed anew since: what comes late of an earlier attempt says nothing of the one under way.
    That the server took it holds also where the claim was lost and nobody has another yet. Returns
    the ids of the events concerned, and tells who listens.

    An attempt is noted where this worker still has its claim. Attempts have numbers of their own:
    outbox.attempts goes back where a claim is given back.
    """
    # One statement: each round trip less makes the crash rarer that sends twice.
    rows = await db.execute(
        """
        WITH said AS (
            SELECT * FROM unnest(%(ids)s::bigint[], %(statuses)s::text[], %(details)s::text[],
                                 %(attempts)s::int[], %(next)s::timestamptz[])
                 AS o(id, status, detail, attempt, next_at)
        ), noted AS (
            INSERT INTO delivery_attempts (reply_id, number, status, detail)
            SELECT id, 1 + coalesce((SELECT max(number) FROM delivery_attempts
                                     WHERE reply_id = id), 0), said.status, said.detail
            FROM said JOIN outbox USING (id) WHERE claimed_by = %(worker)s
        ), recorded AS (
            UPDATE outbox
            SET status = CASE o.status WHEN 'retry' THEN 'queued' ELSE o.status END,
                detail = o.detail, due_at = o.next_at, claimed_by = NULL, claimed_at = NULL,
                sent_at = CASE o.status WHEN 'sent' THEN now() END
            FROM said o
            WHERE outbox.id = o.id AND outbox.attempts = o.attempt
              AND (outbox.claimed_by = %(worker)s
                   OR (o.status = 'sent' AND outbox.status = 'queued'))
            RETURNING event_id
        )
        SELECT array_agg(event_id), pg_notify(%(channel)s, json_agg(event_id)::text)
        FROM recorded HAVING count(*) > 0
        """,
        {
            "ids": as_array(str(each.outcome.id) for each in tried),
            "statuses": as_array(each.outcome.status for each in tried),
            "details": as_array(each.outcome.detail for each in tried),
            "attempts": as_array(str(each.attempt) for each in tried),
            "next": as_array(each.next_at.isoformat() for each in tried),
            "worker": worker,
            "channel": CHANNEL,
        },
    )
    row = await rows.fetchone()
    return list(row[0]) if row else []


async def is_any_due(db: Connection) -> bool:
    """Whether an answer waits only for a worker."""
    rows = await db.execute(
        "SELECT EXISTS (SELECT FROM outbox WHERE status = 'queued' AND due_at <= now())",
        prepare=PREPARE,
    )
    row = await rows.fetchone()
    return bool(row and row[0])


async def claimed(db: Connection, worker: int) -> set[int]:
    """What this worker has claimed."""
    rows = await db.execute(
        "SELECT id FROM outbox WHERE status = 'sending' AND claimed_by = %s", [worker]
    )
    return {id async for (id,) in rows}


async def unclaim(db: Connection, worker: int, ids: Sequence[int]) -> None:
    """Give back what was claimed and not tried, as when the worker stops."""
    await db.execute(
        """
        UPDATE outbox SET status = 'queued', claimed_by = NULL, claimed_at = NULL,
                          attempts = attempts - 1
        WHERE id = ANY(%s) AND claimed_by = %s AND status = 'sending'
        """,
        [list(ids), worker],
    )


async def rescue(db: Connection, patience: timedelta) -> int:
    """Queue again what dead workers had claimed; how many.

    A worker lives while its advisory lock is held. One that has only lost its connection takes
    the lock again within seconds, so a reply is taken from it only when the lock was missed twice,
    `patience` apart: otherwise a mail on its way would be sent a second time.
    """
    await db.execute(
        """
        WITH alive AS (SELECT objid::bigint AS worker FROM pg_locks
                       WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2
                         AND database = (SELECT oid FROM pg_database
                                         WHERE datname = current_database()))
        UPDATE outbox SET orphaned_at = CASE WHEN lost THEN now() END
        FROM (SELECT id AS orphan, claimed_by NOT IN (SELECT worker FROM alive) AS lost
              FROM outbox WHERE status = 'sending') s
        WHERE id = orphan AND (orphaned_at IS NULL) = lost
        """,
        [WORKERS],
    )
    done = await db.execute(
        """
        UPDATE outbox SET status = 'queued', claimed_by = NULL, claimed_at = NULL,
                          orphaned_at = NULL, due_at = now()
        WHERE status = 'sending' AND orphaned_at < now() - %s
        """,
        [patience],
    )
    return done.rowcount


async def release_held(
    db: Connection, room: int, keep_for: timedelta, quiet_until: datetime | None = None
) -> list[int]:
    """Let the oldest held answers go, as far as there is room, now or when it ends to be quiet;
    those that waited too long stay unsent for good. Returns the ids of the events let go."""
    await db.execute(
        """
        UPDATE outbox SET status = 'failed', detail = 'held back by the global cap for too long'
        WHERE status = 'held' AND created_at < now() - %s
        """,
        [keep_for],
    )
    rows = await db.execute(
        """
        UPDATE outbox SET status = 'queued', quiet_until = %(quiet)s,
                          due_at = coalesce(%(quiet)s, now()),
                          released_at = coalesce(%(quiet)s, now())
        WHERE id IN (SELECT id FROM outbox WHERE status = 'held' ORDER BY id LIMIT %(room)s
                     FOR UPDATE SKIP LOCKED)
        RETURNING event_id
        """,
        {"room": max(room, 0), "quiet": quiet_until},
    )
    return [event_id async for (event_id,) in rows]


async def wait_until(db: Connection, quiet_until: datetime | None) -> list[int]:
    """The quiet hours are others now: what waits for their end waits until this one, or is due.
    Returns the ids of the events concerned."""
    rows = await db.execute(
        """
        UPDATE outbox SET quiet_until = coalesce(%(quiet)s, now()),
                          due_at = coalesce(%(quiet)s, now()),
                          released_at = coalesce(%(quiet)s, now())
        WHERE status = 'queued' AND due_at > now() AND quiet_until > now()
        RETURNING event_id
        """,
        {"quiet": quiet_until},
    )
    return [event_id async for (event_id,) in rows]


async def quiet(db: Connection) -> int:
    """How many answers wait for quiet hours to end."""
    row = await (
        await db.execute(
            "SELECT count(*) FROM outbox WHERE status = 'queued' AND due_at > now()"
            " AND quiet_until > now()"
        )
    ).fetchone()
    return int(row[0]) if row else 0


async def counts(db: Connection) -> dict[str, int]:
    """How many replies wait: queued (and being sent), and held back by the global cap."""
    row = await (
        await db.execute(
            """
            SELECT (SELECT count(*) FROM outbox WHERE status = 'queued'),
                   (SELECT count(*) FROM outbox WHERE status = 'sending'),
                   (SELECT count(*) FROM outbox WHERE status = 'held')
            """
        )
    ).fetchone()
    queued, sending, held = row or (0, 0, 0)
    return {"queued": queued + sending, "held": held}


async def oldest_due(db: Connection) -> float:
    """Seconds since the answer that waits longest was let go, or should have been reported by the
    external sender that has it; 0 where none waits."""
    row = await (
        await db.execute(
            """
            SELECT extract(epoch FROM now() - min(since))::float8
            FROM (SELECT CASE status WHEN 'handed' THEN due_at ELSE released_at END AS since
                  FROM outbox WHERE status IN ('queued', 'sending', 'handed')) AS waiting
            WHERE since <= now()
            """
        )
    ).fetchone()
    return float(row[0] or 0) if row else 0.0


async def holds(db: Connection) -> bool:
    """Whether the global cap holds any answer back."""
    row = await (
        await db.execute("SELECT EXISTS (SELECT FROM outbox WHERE status = 'held')")
    ).fetchone()
    return bool(row and row[0])


async def has_sent(db: Connection) -> bool:
    """Whether sending has ever worked."""
    row = await (
        await db.execute("SELECT EXISTS (SELECT FROM outbox WHERE status = 'sent')")
    ).fetchone()
    return bool(row and row[0])

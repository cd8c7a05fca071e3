"""What is left of mails, over all tables that hold something of them: raw mails go first; then all
that tells who wrote what. The rows stay, so that what was counted, labelled and audited stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from buzon.store.db import Connection

# A mail that waits for a person, or whose answer may still go out. What an external sender doesn't
# report for two days is handed out no more (flow/answering).
GOES_OUT = """(
    o.status IN ('queued', 'sending', 'held')
    OR o.status = 'handed' AND o.handed_at > now() - interval '2 days'
)"""
OPEN = f"(e.needs_review AND e.true_label IS NULL OR coalesce({GOES_OUT}, false))"

# So much of a name that it is told from others, and can't be read.
HIDDEN = "'~' || encode(sha256(convert_to({0}, 'UTF8')), 'hex')"
IS_READABLE = "{0} !~ '^~[0-9a-f]{{64}}$'"


@dataclass(frozen=True, slots=True)
class Page:
    """Mails in their order that are old enough: the last one's place, and how many were open."""

    due: Sequence[int]
    last: tuple[datetime, int] | None


async def drop_raw(
    db: Connection, after: int, limit: int, keep_for: timedelta
) -> tuple[list[int], int, int | None]:
    """Delete the raw mails that were stored longer ago, of at most `limit` that follow event
    `after`: whose, their bytes, and the last event that was old enough, None where none was.

    Events are numbered as they are stored, so that what follows there is younger; there is no need
    to look at all that are kept.
    """
    row = await (
        await db.execute(
            f"""
            WITH page AS (
                SELECT r.event_id, e.stored_at < now() - %(keep_for)s AS old, {OPEN} AS open
                FROM (SELECT event_id FROM raw_mails WHERE event_id > %(after)s
                      ORDER BY event_id LIMIT %(limit)s) r
                JOIN events e ON e.id = r.event_id LEFT JOIN outbox o ON o.event_id = e.id
            ), gone AS (
                DELETE FROM raw_mails
                WHERE event_id IN (SELECT event_id FROM page WHERE old AND NOT open)
                RETURNING event_id, octet_length(content) AS size
            )
            SELECT ARRAY(SELECT event_id FROM gone),
                   (SELECT coalesce(sum(size), 0)::bigint FROM gone),
                   (SELECT max(event_id) FROM page WHERE old)
            """,  # noqa: S608
            {"keep_for": keep_for, "after": after, "limit": limit},
        )
    ).fetchone()
    return row or ([], 0, None)


Texts = tuple[int, *tuple[str, ...]]  # a mail's number, and what it or its answer says


async def texts(db: Connection, ids: Sequence[int]) -> list[Texts]:
    """Subject and body of these mails, which nobody else changes until the transaction ends."""
    rows = await db.execute(
        "SELECT id, subject, body FROM events WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        [list(ids)],
    )
    return await rows.fetchall()


async def replace_texts(db: Connection, changed: Sequence[Texts]) -> None:
    """Give mails other subjects and bodies, by which they are found from then on."""
    ids, subjects, bodies = (list(column) for column in zip(*changed, strict=True))
    await db.execute(
        """
        UPDATE events e SET subject = new.subject, body = new.body
        FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new(id, subject, body)
        WHERE e.id = new.id
        """,
        [ids, subjects, bodies],
    )
    await _delete(db, "search_queue", ids)  # first: whoever is at one of these is waited for
    await _delete(db, "search_texts", ids)
    await db.execute("INSERT INTO search_queue SELECT unnest(%s::bigint[])", [ids])


async def answers(db: Connection, ids: Sequence[int]) -> list[Texts]:
    """Subject, text and HTML of the answers to these mails."""
    rows = await db.execute(
        "SELECT event_id, subject, body, html FROM outbox WHERE event_id = ANY(%s)", [list(ids)]
    )
    return await rows.fetchall()


async def replace_answers(db: Connection, changed: Sequence[Texts]) -> None:
    """Give answers other subjects and texts; the subject that they answer keeps no digit."""
    await db.execute(
        """
        UPDATE outbox o
        SET subject = new.subject, body = new.body, html = new.html,
            subject_key = translate(subject_key, '123456789', '000000000')
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
             AS new(event_id, subject, body, html)
        WHERE o.event_id = new.event_id
        """,
        [list(column) for column in zip(*changed, strict=True)],
    )


async def due(
    db: Connection, after: tuple[datetime, int] | None, limit: int, keep_for: timedelta
) -> Page:
    """Mails to be forgotten, of at most `limit` stored longer ago and after that place."""
    rows = await db.execute(
        f"""
        SELECT e.stored_at, e.id, {OPEN}
        FROM events e LEFT JOIN outbox o ON o.event_id = e.id
        WHERE e.forgotten_at IS NULL AND e.stored_at < now() - %(keep_for)s
          AND (e.stored_at, e.id) > (coalesce(%(at)s, '-infinity'::timestamptz), %(id)s)
        ORDER BY e.stored_at, e.id LIMIT %(limit)s
        """,  # noqa: S608
        {
            "keep_for": keep_for,
            "at": after[0] if after else None,
            "id": after[1] if after else 0,
            "limit": limit,
        },
    )
    found = await rows.fetchall()
    last = (found[-1][0], found[-1][1]) if found else None
    return Page([id for _, id, is_open in found if not is_open], last)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows lost what they held: of mails, raw mails with their bytes, answers, and
    messages to webhooks."""

    mails: int = 0
    raw_mails: int = 0
    bytes: int = 0
    answers: int = 0
    told: int = 0

    def __add__(self, other: "Forgotten") -> "Forgotten":
        return Forgotten(
            self.mails + other.mails,
            self.raw_mails + other.raw_mails,
            self.bytes + other.bytes,
            self.answers + other.answers,
            self.told + other.told,
        )


async def forget(db: Connection, ids: Sequence[int]) -> Forgotten:
    """Leave nothing in these mails that tells who wrote what, nor in what belongs to them. The
    Message-ID stays, by which a mail that comes once more is known. The caller holds the intake
    lock: a conversation, in whose name an address stands, gets another, for all of its mails."""
    threads = await _lock(db, list(ids))
    await _delete(db, "search_queue", ids)  # first: whoever is at one of these is waited for
    await _delete(db, "search_texts", ids)
    raw_mails, size = await _delete_raw(db, ids)
    told = await _delete(db, "webhook_deliveries", ids)
    await _delete(db, "idempotency_keys", ids)
    await db.execute(FORGET_TOLD_THREADS, [threads])
    mails = await db.execute(FORGET_MAILS, [list(ids)])
    answers = await db.execute(FORGET_ANSWERS, [list(ids)])
    await db.execute(
        "UPDATE delivery_attempts SET detail = '' FROM outbox o"
        " WHERE o.id = reply_id AND o.event_id = ANY(%s)",
        [list(ids)],
    )
    await db.execute(FORGET_NAMED_THREADS, [threads])
    for table in ("events", "outbox"):
        await db.execute(
            f"UPDATE {table} SET thread_id = {HIDDEN.format('thread_id')}"  # noqa: S608
            f" WHERE thread_id = ANY(%s) AND {IS_READABLE.format('thread_id')}",
            [threads],
        )
    return Forgotten(mails.rowcount, raw_mails, size, answers.rowcount, told)


FORGET_MAILS = """
    UPDATE events
    SET sender = '', sender_name = '', reply_to = '', recipients = '{}', subject = '', body = '',
        attachments = '[]', defects = '{}', forgotten_at = now(),
        signs = (SELECT coalesce(jsonb_agg(jsonb_build_array(sign -> 0, '') ORDER BY place), '[]')
                 FROM jsonb_array_elements(signs) WITH ORDINALITY AS each (sign, place))
    WHERE id = ANY(%s)
"""
FORGET_TOLD_THREADS = f"""
    UPDATE webhook_deliveries SET response = '', data = jsonb_set(
        data, '{{event,thread_id}}', to_jsonb({HIDDEN.format("data #>> '{event,thread_id}'")}))
    WHERE event_id IN (SELECT id FROM events WHERE thread_id = ANY(%s))
      AND {IS_READABLE.format("data #>> '{event,thread_id}'")}
"""  # noqa: S608 - constants
# Why another mail of a conversation was not answered names it.
FORGET_NAMED_THREADS = """
    UPDATE events
    SET signs = (SELECT jsonb_agg(CASE WHEN sign ->> 1 = thread_id
                                       THEN jsonb_build_array(sign -> 0, '') ELSE sign END
                                  ORDER BY place)
                 FROM jsonb_array_elements(signs) WITH ORDINALITY AS each (sign, place))
    WHERE thread_id = ANY(%s) AND signs @> jsonb_build_array(jsonb_build_array(thread_id))
"""
FORGET_ANSWERS = """
    UPDATE outbox
    SET recipient = '', subject_key = '', subject = '', body = '', html = '', headers = '{}',
        detail = ''
    WHERE event_id = ANY(%s)
"""


async def _lock(db: Connection, ids: list[int]) -> list[str]:
    """Nobody else changes these mails, nor others of their conversations, until the transaction
    ends; the names of these. In the order in which everybody locks mails."""
    rows = await db.execute("SELECT DISTINCT thread_id FROM events WHERE id = ANY(%s)", [ids])
    threads = [thread for (thread,) in await rows.fetchall()]
    await db.execute(
        "SELECT FROM events WHERE id = ANY(%s) OR thread_id = ANY(%s) ORDER BY id FOR UPDATE",
        [ids, threads],
    )
    return threads


async def _delete_raw(db: Connection, ids: Sequence[int]) -> tuple[int, int]:
    """How many, and their bytes."""
    rows = await db.execute(
        "DELETE FROM raw_mails WHERE event_id = ANY(%s) RETURNING octet_length(content)",
        [list(ids)],
    )
    sizes = [size for (size,) in await rows.fetchall()]
    return len(sizes), sum(sizes)


async def _delete(db: Connection, table: str, ids: Sequence[int]) -> int:
    done = await db.execute(f"DELETE FROM {table} WHERE event_id = ANY(%s)", [list(ids)])  # noqa: S608
    return done.rowcount

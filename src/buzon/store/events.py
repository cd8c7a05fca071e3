"""The table `events`: one row for one mail of one mailbox."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from buzon.records import Attachment, Decision, Event, Message, Prediction, SentReply, Sign
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is to be stored of a mail that was judged."""

    id: int
    key: str
    thread_id: str
    message: Message
    prediction: Prediction
    decision: Decision
    needs_review: bool
    audited: bool
    raw: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """What tells an event that is there already from another mail with the same Message-ID."""

    id: int
    sender: str
    digest: str


async def known(db: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Stored]:
    """Which of these (mailbox, message key) are stored."""
    rows = await db.execute(
        """
        SELECT e.mailbox, e.message_key, e.id, e.sender, e.digest
        FROM unnest(%s::text[], %s::text[]) AS wanted(mailbox, message_key)
        JOIN events e USING (mailbox, message_key)
        """,
        [[mailbox for mailbox, _ in keys], [key for _, key in keys]],
    )
    return {
        (mailbox, key): Stored(id, sender, digest)
        async for mailbox, key, id, sender, digest in rows
    }


async def next_ids(db: Connection, count: int) -> list[int]:
    """Numbers for new events, taken ahead, because the reply names its event."""
    rows = await db.execute(
        "SELECT nextval(pg_get_serial_sequence('events', 'id')) FROM generate_series(1, %s)",
        [count],
    )
    return [id for (id,) in await rows.fetchall()]


async def threads(db: Connection, message_ids: Sequence[str]) -> dict[str, str]:
    """The conversation that each of these Message-IDs, of a customer or of ours, belongs to."""
    rows = await db.execute(
        """
        SELECT message_id, thread_id FROM events WHERE message_id = ANY(%(ids)s)
        UNION ALL
        SELECT message_id, thread_id FROM outbox WHERE message_id = ANY(%(ids)s)
        """,
        {"ids": list(message_ids)},
    )
    return {message_id: thread_id async for message_id, thread_id in rows}


async def add(db: Connection, events: Iterable[NewEvent]) -> None:
    """Store events and their raw mails. The caller has left out what is known."""
    events = list(events)
    async with db.cursor() as cursor:
        async with cursor.copy(f"COPY events ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for event in events:
                await copy.write_row(_row(event))
        async with cursor.copy(
            "COPY raw_mails (event_id, content) FROM STDIN (FORMAT BINARY)"
        ) as copy:
            copy.set_types(["int8", "bytea"])
            for event in events:
                await copy.write_row((event.id, event.raw))


COLUMNS = (
    "id", "mailbox", "message_id", "message_key", "digest", "thread_id", "source",
    "received_at", "sent_at", "sender", "sender_name", "reply_to", "recipients", "subject", "body",
    "language", "category", "confidence", "probabilities", "model_version", "needs_review",
    "answered", "signs", "attachments", "defects", "size", "words", "unknown_words",
)  # fmt: skip


def _row(event: NewEvent) -> tuple[Any, ...]:
    m, p, d = event.message, event.prediction, event.decision
    return (
        event.id, m.mailbox, m.message_id, event.key, m.digest, event.thread_id, m.source,
        m.arrived_at, m.sent_at, m.sender, m.sender_name, m.reply_to, list(m.recipients), m.subject,
        m.text, m.language, p.category, p.confidence, Jsonb(p.probabilities), p.model_version,
        event.needs_review, d.answers, Jsonb([[s.rule, s.evidence] for s in d.signs]),
        Jsonb([[a.name, a.content_type, a.size] for a in m.attachments]), list(m.defects), m.size,
        p.words, p.unknown_words,
    )  # fmt: skip


SHOWN = """
    SELECT e.id, e.mailbox, e.message_id, e.thread_id, e.source, e.received_at, e.stored_at,
           e.sender, e.sender_name, e.recipients, e.subject, {body} AS body, e.language, e.category,
           e.confidence, e.probabilities, e.model_version, e.needs_review, e.true_label, e.answered,
           e.signs, e.attachments, e.defects,
           o.status, o.message_id AS reply_id, o.recipient, o.subject AS reply_subject,
           o.body AS reply_body, o.html, o.headers, o.attempts, o.detail,
           o.sent_at AS reply_sent_at, o.template
    FROM events e LEFT JOIN outbox o ON o.event_id = e.id
"""
WHOLE = SHOWN.format(body="e.body")
SHORT = SHOWN.format(body="left(e.body, 400)")


# As the index events_to_review has it.
TO_REVIEW = "needs_review AND true_label IS NULL"


async def newest(
    db: Connection, limit: int, before: int | None = None, *, to_review: bool = False
) -> list[Event]:
    """The last events, or the last that wait for a person; newest first, older than event
    `before`; bodies are cut for the list."""
    query = SHORT + "WHERE e.id < coalesce(%s, 9223372036854775807)"
    if to_review:
        query += f" AND {TO_REVIEW}"
    return await _fetch(db, query + " ORDER BY e.id DESC LIMIT %s", [before, limit])


async def count_to_review(db: Connection, most: int) -> int:
    """How many events wait for a person; `most` where they are more, for counting them all takes
    long where they are many."""
    rows = await db.execute(
        f"SELECT count(*) FROM (SELECT FROM events WHERE {TO_REVIEW} LIMIT %s) AS found",  # noqa: S608
        [most],
    )
    row = await rows.fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events are wanted; None means all."""

    category: str | None = None
    true_label: str | None = None
    mailbox: str | None = None
    needs_review: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


async def after(
    db: Connection, after: int, limit: int, wanted: Filter | None = None
) -> list[Event]:
    """The events that follow event `after`, oldest first, with their whole bodies."""
    return await _fetch(
        db,
        WHOLE
        + """
        WHERE e.id > %s
          AND (%s::text IS NULL OR e.category = %s)
          AND (%s::text IS NULL OR e.true_label = %s)
          AND (%s::text IS NULL OR e.mailbox = %s)
          AND (%s::boolean IS NULL OR e.needs_review = %s)
          AND (%s::timestamptz IS NULL OR e.received_at >= %s)
          AND (%s::timestamptz IS NULL OR e.received_at < %s)
        ORDER BY e.id LIMIT %s
        """,
        [
            after,
            *(value for field in astuple(wanted or Filter()) for value in (field, field)),
            limit,
        ],
    )


async def some(db: Connection, ids: Sequence[int]) -> list[Event]:
    """These events, newest first; bodies are cut for the list."""
    return await _fetch(db, SHORT + "WHERE e.id = ANY(%s) ORDER BY e.id DESC", [list(ids)])


async def get(db: Connection, id: int) -> Event | None:
    return next(iter(await _fetch(db, WHOLE + "WHERE e.id = %s", [id])), None)


async def earlier(db: Connection, event: Event, limit: int) -> list[Event]:
    """What came in before an event in its conversation, the nearest first; bodies are cut."""
    return await _fetch(
        db,
        SHORT
        + "WHERE e.thread_id = %s AND (e.received_at, e.id) < (%s, %s)"
        + " ORDER BY e.received_at DESC, e.id DESC LIMIT %s",
        [event.thread_id, event.received_at, event.id, limit],
    )


async def later(db: Connection, event: Event, limit: int) -> list[Event]:
    """What came in after an event in its conversation, the nearest first; bodies are cut."""
    return await _fetch(
        db,
        SHORT
        + "WHERE e.thread_id = %s AND (e.received_at, e.id) > (%s, %s)"
        + " ORDER BY e.received_at, e.id LIMIT %s",
        [event.thread_id, event.received_at, event.id, limit],
    )


async def reply_to(db: Connection, id: int) -> str:
    """The address that the sender wants answers to go to; "" where no other is named."""
    row = await (await db.execute("SELECT reply_to FROM events WHERE id = %s", [id])).fetchone()
    return str(row[0]) if row else ""


async def raw(db: Connection, id: int, limit: int | None = None) -> bytes | None:
    """The mail as it came, or its first `limit` bytes; None where it is no longer kept."""
    row = await (
        await db.execute(
            "SELECT substring(content FOR coalesce(%s, octet_length(content)))"
            " FROM raw_mails WHERE event_id = %s",
            [limit, id],
        )
    ).fetchone()
    return bytes(row[0]) if row else None


async def _fetch(db: Connection, query: str, arguments: Sequence[object]) -> list[Event]:
    async with db.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, arguments)
        return [_event(row) async for row in cursor]


def _event(row: dict[str, Any]) -> Event:
    reply = {name: row.pop(name) for name in REPLY_COLUMNS}
    row["recipients"], row["defects"] = tuple(row["recipients"]), tuple(row["defects"])
    row["signs"] = tuple(Sign(*sign) for sign in row["signs"])
    row["attachments"] = tuple(Attachment(*attachment) for attachment in row["attachments"])
    return Event(**row, reply=_reply(reply) if reply["status"] else None)


REPLY_COLUMNS = (
    "status", "reply_id", "recipient", "reply_subject", "reply_body", "html", "headers", "attempts",
    "detail", "reply_sent_at", "template",
)  # fmt: skip


def _reply(row: dict[str, Any]) -> SentReply:
    return SentReply(
        status=row["status"],
        message_id=row["reply_id"],
        recipient=row["recipient"],
        subject=row["reply_subject"],
        text=row["reply_body"],
        html=row["html"],
        headers=row["headers"],
        attempts=row["attempts"],
        detail=row["detail"],
        sent_at=row["reply_sent_at"],
        template=row["template"],
    )

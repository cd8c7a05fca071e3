"""The table `events`: one row for one mail of one mailbox."""

import hashlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from buzon.records import Attachment, Decision, Event, Message, Prediction, SentReply, Sign
from buzon.store import renamings
from buzon.store.db import PREPARE, Connection
from buzon.store.filters import Filter
from buzon.store.literals import as_array, as_json

AT_ONCE = 10_000  # rows that come in one piece, where there may be millions

Place = tuple[datetime, int]  # in the list: when a mail was received, and its number
LARGEST = 2**63 - 1  # of all numbers that a mail may have


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
    """Which of these (mailbox, message key) are stored; of those that were erased, the hash is."""
    known_as = {(box, name): key for box, key in keys for name in (key, hidden(key))}
    # One by one: where PostgreSQL sees which mailbox is meant and hasn't analyzed the table since
    # that was new, it takes it for an empty one, and reads all of its mails, for each batch.
    rows = await db.execute(
        """
        SELECT e.* FROM unnest(%s::text[], %s::text[]) AS asked (mailbox, name),
        LATERAL (SELECT mailbox, message_key, id, sender, digest FROM events
                 WHERE mailbox = asked.mailbox AND message_key = asked.name OFFSET 0) e
        """,
        [as_array(box for box, _ in known_as), as_array(name for _, name in known_as)],
        prepare=PREPARE,
    )
    return {
        (mailbox, known_as[mailbox, name]): Stored(id, sender, digest)
        async for mailbox, name, id, sender, digest in rows
    }


def hidden(name: str) -> str:
    """What tells a name from others, and can't be read; as `HIDDEN` in store/retention has it."""
    return "~" + hashlib.sha256(name.encode()).hexdigest()


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
        SELECT message_id, thread_id FROM events WHERE message_id = ANY(%(ids)s::text[])
        UNION ALL
        SELECT message_id, thread_id FROM outbox WHERE message_id = ANY(%(ids)s::text[])
        """,
        {"ids": as_array(message_ids)},
        prepare=PREPARE,
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
        m.arrived_at, m.sent_at, m.sender, m.sender_name, m.reply_to, as_array(m.recipients),
        m.subject, m.text, m.language, p.category, p.confidence, as_json(p.probabilities),
        p.model_version, event.needs_review, d.answers,
        as_json([[s.rule, s.evidence] for s in d.signs]),
        as_json([[a.name, a.content_type, a.size] for a in m.attachments]), as_array(m.defects),
        m.size, p.words, p.unknown_words,
    )  # fmt: skip


# Joined: where it EXISTS, PostgreSQL may read all audits to tell which of fifty mails have one.
SHOWN = """
    SELECT e.id, e.mailbox, e.message_id, e.thread_id, e.source, e.received_at, e.stored_at,
           e.sender, e.sender_name, e.recipients, e.subject, {body} AS body, e.language,
           present_name(e.category) AS category, e.confidence, e.probabilities, e.model_version,
           e.needs_review, present_name(e.true_label) AS true_label, e.answered,
           e.signs, e.attachments, e.defects, e.done_at, e.done_by, e.forgotten_at,
           drawn.event_id IS NOT NULL AS audited,
           o.status, o.message_id AS reply_id, o.recipient, o.subject AS reply_subject,
           o.body AS reply_body, o.html, o.headers, o.attempts, o.detail,
           o.sent_at AS reply_sent_at, o.template, o.template_version, o.quiet_until,
           o.due_at, o.handed_at, o.from_header
    FROM {events} e LEFT JOIN outbox o ON o.event_id = e.id
    LEFT JOIN audits drawn ON drawn.event_id = e.id
"""
CUT = "left(e.body, 400)"
WHOLE = SHOWN.format(body="e.body", events="events")
SHORT = SHOWN.format(body=CUT, events="events")
NEWEST_FIRST = " ORDER BY e.received_at DESC, e.id DESC"


async def newest(
    db: Connection, limit: int, wanted: Filter | None = None, before: Place | None = None
) -> list[Event]:
    """The events received last, the newest first, of those received before the place `before`;
    bodies are cut for the list."""
    wanted = await renamings.widened(db, wanted or Filter())
    # First chosen, then joined: words may find thousands, of which fifty are shown.
    chosen = f"SELECT * FROM events e WHERE {wanted.sql}"  # noqa: S608
    if before:
        chosen += " AND (e.received_at, e.id) < (%(at)s, %(id)s)"
    chosen += f"{NEWEST_FIRST} LIMIT %(limit)s"
    return await _fetch(
        db,
        SHOWN.format(body=CUT, events=f"({chosen})") + NEWEST_FIRST,
        {**wanted.asked, "limit": limit, **dict(zip(("at", "id"), before or (), strict=False))},
    )


async def lately_in(
    db: Connection, category: str | None, language: str, most: int, among: int
) -> list[Event]:
    """The last mails of a category, or of any, in a language, if some are among the last `among`:
    to look through all for a rare one would take long."""
    wanted = """
        WHERE e.id IN (
            SELECT id FROM (SELECT id, language, category, true_label, sender FROM events
                            ORDER BY id DESC LIMIT %s) AS last
            WHERE language = %s AND sender <> ''
              AND (%s::text IS NULL OR present_name(coalesce(true_label, category)) = %s)
            ORDER BY id DESC LIMIT %s
        )
        ORDER BY e.id DESC
    """
    return await _fetch(db, SHORT + wanted, [among, language, category, category, most])


async def ids(db: Connection, wanted: Filter) -> Sequence[int]:
    """The numbers of all these events, in no order; eight bytes each, for there may be millions."""
    wanted = await renamings.widened(db, wanted)
    found = array("q")
    async with db.cursor("ids") as rows:
        await rows.execute(f"SELECT e.id FROM events e WHERE {wanted.sql}", wanted.asked)  # noqa: S608
        while some := await rows.fetchmany(AT_ONCE):
            found.extend(id for (id,) in some)
    return found


async def ids_within(db: Connection, wanted: Filter, after: int, until: int) -> list[int]:
    """The numbers of the events that are above `after` and up to `until`, in no order."""
    wanted = await renamings.widened(db, wanted)
    rows = await db.execute(
        "SELECT e.id FROM events e"  # noqa: S608
        f" WHERE e.id > %(after)s AND e.id <= %(upto)s AND {wanted.sql}",
        {**wanted.asked, "after": after, "upto": until},
    )
    return [id for (id,) in await rows.fetchall()]


async def end_of_piece(db: Connection, after: int, mails: int, last: int) -> int:
    """Up to which number there are so many events above `after`; `last` where fewer are left."""
    rows = await db.execute(
        "SELECT id FROM events WHERE id > %s AND id <= %s ORDER BY id OFFSET %s LIMIT 1",
        [after, last, mails - 1],
    )
    row = await rows.fetchone()
    return int(row[0]) if row else last


async def count(db: Connection, wanted: Filter, most: int) -> int:
    """How many events there are; `most` where they are more, for counting them all takes long
    where they are many."""
    wanted = await renamings.widened(db, wanted)
    rows = await db.execute(
        f"SELECT count(*) FROM (SELECT FROM events e WHERE {wanted.sql} LIMIT %(most)s) AS found",  # noqa: S608
        {**wanted.asked, "most": most},
    )
    row = await rows.fetchone()
    return int(row[0]) if row else 0


async def mailboxes(db: Connection) -> list[str]:
    """The mailboxes that there are mails of. Steps from one to the next in the index."""
    rows = await db.execute(
        """
        WITH RECURSIVE step AS (
            (SELECT mailbox FROM events ORDER BY mailbox LIMIT 1)
            UNION ALL
            SELECT (SELECT e.mailbox FROM events e WHERE e.mailbox > step.mailbox
                    ORDER BY e.mailbox LIMIT 1)
            FROM step WHERE step.mailbox IS NOT NULL
        )
        SELECT mailbox FROM step WHERE mailbox IS NOT NULL LIMIT 100
        """
    )
    return [mailbox for (mailbox,) in await rows.fetchall()]


async def after(
    db: Connection, after: int, limit: int, wanted: Filter | None = None
) -> list[Event]:
    """The events that follow event `after`, oldest first, with their whole bodies."""
    wanted = await renamings.widened(db, wanted or Filter())
    return await _fetch(
        db,
        f"{WHOLE} WHERE e.id > %(after)s AND {wanted.sql} ORDER BY e.id LIMIT %(limit)s",
        {**wanted.asked, "after": after, "limit": limit},
    )


async def last_id(db: Connection) -> int:
    """The highest number; 0 where there is no event."""
    row = await (await db.execute("SELECT coalesce(max(id), 0) FROM events")).fetchone()
    return int(row[0]) if row else 0


async def some(db: Connection, ids: Sequence[int]) -> list[Event]:
    """These events, newest first; bodies are cut for the list."""
    return await _fetch(db, f"{SHORT} WHERE e.id = ANY(%s){NEWEST_FIRST}", [list(ids)])


async def whole(db: Connection, ids: Sequence[int]) -> list[Event]:
    """These events, oldest first, with their whole bodies."""
    return await _fetch(db, WHOLE + "WHERE e.id = ANY(%s) ORDER BY e.id", [list(ids)])


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


async def lock(db: Connection, ids: Sequence[int]) -> list[int]:
    """Nobody else changes these until the transaction ends; those of them that there are. Always in
    the same order, so that two who change many never wait for each other."""
    rows = await db.execute(
        "SELECT id FROM events WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(ids)]
    )
    return [id for (id,) in await rows.fetchall()]


async def settle(db: Connection, ids: Sequence[int], who: str, act: int) -> int:
    """Be done with these mails; how many were not yet."""
    await lock(db, ids)
    rows = await db.execute(
        "UPDATE events SET done_at = now(), done_by = %s, done_act = %s"
        " WHERE id = ANY(%s) AND done_at IS NULL",
        [who, act, list(ids)],
    )
    return rows.rowcount


async def reopen(db: Connection, ids: Sequence[int]) -> int:
    """Be no longer done with these mails; how many were."""
    rows = await db.execute(f"{REOPEN} WHERE id = ANY(%s) AND done_at IS NOT NULL", [list(ids)])
    return rows.rowcount


async def undo_settling(
    db: Connection, act: int, who: str, after: int = 0, until: int = LARGEST
) -> int:
    """Be no longer done with what somebody settled at once, of the mails whose numbers are above
    `after` and up to `until`; how many mails that are."""
    which = "done_act = %s AND done_by = %s AND id > %s AND id <= %s"
    arguments = [act, who, after, until]
    await db.execute(f"SELECT FROM events WHERE {which} ORDER BY id FOR UPDATE", arguments)
    rows = await db.execute(f"{REOPEN} WHERE {which}", arguments)
    return rows.rowcount


REOPEN = "UPDATE events SET done_at = NULL, done_by = NULL, done_act = NULL"


async def _fetch(
    db: Connection, query: str, arguments: Sequence[object] | Mapping[str, object]
) -> list[Event]:
    async with db.cursor(row_factory=dict_row) as cursor:
        # Which index is best depends on what is asked for, too, and how rare that is.
        await cursor.execute(query, arguments, prepare=PREPARE)
        return [_event(row) for row in await cursor.fetchall()]


def _event(row: dict[str, Any]) -> Event:
    reply = {name: row.pop(name) for name in REPLY_COLUMNS}
    row["recipients"], row["defects"] = tuple(row["recipients"]), tuple(row["defects"])
    row["signs"] = tuple(Sign(*sign) for sign in row["signs"])
    row["attachments"] = tuple(Attachment(*attachment) for attachment in row["attachments"])
    return Event(**row, reply=_reply(reply) if reply["status"] else None)


REPLY_COLUMNS = (
    "status", "reply_id", "recipient", "reply_subject", "reply_body", "html", "headers", "attempts",
    "detail", "reply_sent_at", "template", "template_version", "quiet_until",
    "due_at", "handed_at", "from_header",
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
        template_version=row["template_version"],
        quiet_until=row["quiet_until"],
        due_at=row["due_at"],
        handed_at=row["handed_at"],
        from_header=row["from_header"],
    )

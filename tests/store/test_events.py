"""The events that the pages list."""

from datetime import UTC, datetime, timedelta

import pytest

from buzon.flow import Flow, handle_mails, label, settle
from buzon.store import events
from buzon.store.db import Connection, Database
from buzon.store.events import Place
from buzon.store.filters import Filter
from peers.flows import OWN, raw_mail
from peers.tables import rows_read

NOW = datetime.now(UTC).replace(microsecond=0)


async def stored(flow: Flow, *subjects: str) -> list[int]:
    """Mails that came one after the other, a minute each."""
    mails = [
        raw_mail(subject=s, message_id=f"<{n}@x.org>", arrived_at=NOW + timedelta(minutes=n - 60))
        for n, s in enumerate(subjects)
    ]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


async def listed(
    db: Connection, limit: int = 50, before: Place | None = None, **wanted: object
) -> list[int]:
    chosen = Filter(**wanted)  # type: ignore[arg-type]
    return [e.id for e in await events.newest(db, limit, chosen, before)]


async def test_to_review_is_what_the_model_was_unsure_of_and_nobody_has_labelled(
    flow: Flow, db: Database
) -> None:
    ids = await stored(flow, "Pedido", "dudoso uno", "dudoso dos", "Consulta", "dudoso tres")
    await label(db, [ids[2]], "consulta", "ana")
    async with db.transaction() as connection:
        assert await listed(connection, to_review=True) == [ids[4], ids[1]]
        assert await events.count(connection, Filter(to_review=True), 9) == 2
        assert await events.count(connection, Filter(to_review=True), 1) == 1
        assert len(await events.newest(connection, 50)) == 5


async def test_a_page_goes_on_where_the_last_one_ended_also_among_mails_of_the_same_moment(
    flow: Flow, db: Database
) -> None:
    mails = [raw_mail(message_id=f"<{n}@x.org>", arrived_at=NOW) for n in range(5)]
    ids = [handled.event_id or 0 for handled in await handle_mails(flow, mails)]
    async with db.transaction() as connection:
        first = await events.newest(connection, 3)
        assert [e.id for e in first] == ids[:1:-1]
        place = (first[-1].received_at, first[-1].id)
        assert await listed(connection, before=place) == ids[1::-1]


async def test_a_mail_that_was_imported_stands_where_it_was_received(
    flow: Flow, db: Database
) -> None:
    ids = await stored(flow, "Pedido")
    old = raw_mail(message_id="<old@x.org>", arrived_at=NOW - timedelta(days=300), source="import")
    (handled,) = await handle_mails(flow, [old])
    async with db.transaction() as connection:
        assert await listed(connection) == [ids[0], handled.event_id]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"shown": "incidencia"}, [1, 0]),
        ({"category": "incidencia"}, [1]),
        ({"true_label": "incidencia"}, [0]),
        ({"mailbox": "ventas@example.com"}, [3]),
        ({"answered": False}, [4, 2]),
        ({"done": True}, [2]),
        ({"done": False, "shown": "pedido"}, [3]),
        ({"since": NOW - timedelta(minutes=58, seconds=1)}, [4, 3, 2]),
        ({"until": NOW - timedelta(minutes=59, seconds=1)}, [0]),
        ({"language": "en"}, [3]),
    ],
)
async def test_a_list_holds_what_was_asked_for(
    flow: Flow, db: Database, wanted: dict[str, object], expected: list[int]
) -> None:
    ids = await stored(flow, "Pedido", "incidencia", "Pedido dos")
    english = "Please send me twenty boxes of paper to the usual address as soon as you can."
    others = [
        raw_mail(
            message_id="<v@x.org>", subject="pedido", mailbox="ventas@example.com", body=english,
            sender="Tom <tom@example.net>", arrived_at=NOW - timedelta(minutes=57),
        ),
        raw_mail(
            message_id="<l@x.org>", subject="consulta", headers="List-Id: <noticias.example>",
            sender="Noticias <n@example.net>", arrived_at=NOW - timedelta(minutes=56),
        ),
    ]  # fmt: skip
    ids += [handled.event_id or 0 for handled in await handle_mails(flow, others)]
    await label(db, [ids[0]], "incidencia", "ana")
    await settle(db, [ids[2]], datetime.now(UTC), "ana")
    async with db.transaction() as connection:
        assert await listed(connection, **wanted) == [ids[n] for n in expected]
        assert await events.count(connection, Filter(**wanted), 50) == len(expected)  # type: ignore[arg-type]


async def test_each_mailbox_is_named_once(flow: Flow, db: Database) -> None:
    boxes = ["b@x.org", "a@x.org", "b@x.org"]
    mails = [raw_mail(message_id=f"<{n}@x.org>", mailbox=box) for n, box in enumerate(boxes)]
    async with db.transaction() as connection:
        assert await events.mailboxes(connection) == []
    await handle_mails(flow, mails)
    async with db.transaction() as connection:
        assert await events.mailboxes(connection) == ["a@x.org", "b@x.org"]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "events_received_at"),
        ({"to_review": True}, "events_to_review"),
        ({"shown": "pedido"}, "events_shown"),
        ({"mailbox": "x"}, "events_mailbox"),
        ({"language": "es"}, "events_language"),
        ({"done": True}, "events_done"),
        ({"done": False}, "events_not_done"),
    ],
)
async def test_a_list_is_read_from_an_index_in_its_order(
    db: Database, wanted: dict[str, object], index: str
) -> None:
    chosen = Filter(**wanted)  # type: ignore[arg-type]
    async with db.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_sort = off")
        rows = await connection.execute(
            f"EXPLAIN SELECT id FROM events e WHERE {chosen.sql}"
            " AND (e.received_at, e.id) < (now(), 9)"
            " ORDER BY e.received_at DESC, e.id DESC LIMIT 50",
            chosen.asked,
        )
        plan = "\n".join([line for (line,) in await rows.fetchall()])
    assert index in plan
    assert "Sort" not in plan


async def fill(db: Connection, many: int) -> int:
    """So many mails of which only the last, whose number this is, is anything but usual."""
    await db.execute("ALTER TABLE events DISABLE TRIGGER USER")
    await db.execute(
        """
        INSERT INTO events (mailbox, message_id, message_key, digest, thread_id, source,
                            received_at, sender, sender_name, reply_to, recipients, subject, body,
                            language, category, confidence, probabilities, model_version,
                            needs_review, true_label, answered, signs, attachments, defects, size)
        SELECT 'x', n::text, n::text, '', '', 'imap', now(), '', '', '', '{}', '', '', 'es',
               CASE WHEN n < %(many)s THEN 'consulta' ELSE 'pedido' END, 1, '{}', '1', n = %(many)s,
               CASE WHEN n = %(many)s THEN 'otro' WHEN n %% 2 = 0 THEN 'consulta' END,
               true, '[]', '[]', '{}', 0
        FROM generate_series(1, %(many)s) AS n
        """,
        {"many": many},
    )
    await db.execute("ANALYZE events")
    row = await (await db.execute("SELECT max(id) FROM events")).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"needs_review": True}, 1),
        ({"category": "pedido"}, 1),
        ({"category": "nada"}, 0),
        ({"true_label": "otro"}, 1),
        ({"true_label": "nada"}, 0),
    ],
)
async def test_the_few_that_are_wanted_are_found_without_reading_the_many_before(
    db: Database, wanted: dict[str, object], count: int
) -> None:
    async with db.transaction() as connection:
        last = await fill(connection, 5000)
        before = await rows_read(connection, "events")
        found = await events.after(connection, 0, 50, Filter(**wanted))  # type: ignore[arg-type]
        assert [event.id for event in found] == [last][:count]
        assert await rows_read(connection, "events") - before <= 2


async def test_which_mails_are_known_is_found_without_reading_the_others_of_a_new_mailbox(
    flow: Flow, db: Database
) -> None:
    others = [raw_mail(message_id=f"<{n}@y.org>", mailbox="a@example.com") for n in range(900)]
    await handle_mails(flow, others)
    async with db.transaction() as connection:
        await connection.execute("ANALYZE events")
    mails = [raw_mail(message_id=f"<{n}@x.org>") for n in range(300)]
    handled = await handle_mails(flow, mails)
    asked = [(OWN, f"{n}@x.org") for n in (7, 9_999)]
    async with db.transaction() as connection:
        before = await rows_read(connection, "events")
        known = await events.known(connection, asked)
        read = await rows_read(connection, "events") - before
    assert {key: stored.id for key, stored in known.items()} == {asked[0]: handled[7].event_id}
    assert read == 1

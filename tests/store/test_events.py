"""The events that the pages list."""

from datetime import UTC, datetime, timedelta

from buzon.flow import Flow, handle_mails, label
from buzon.store import events
from buzon.store.db import Connection, Database
from peers.flows import raw_mail


async def stored(flow: Flow, *subjects: str) -> list[int]:
    mails = [raw_mail(subject=s, message_id=f"<{n}@x.org>") for n, s in enumerate(subjects)]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


async def to_review(db: Connection, limit: int = 50, before: int | None = None) -> list[int]:
    return [e.id for e in await events.newest(db, limit, before, to_review=True)]


async def test_to_review_is_what_the_model_was_unsure_of_and_nobody_has_labelled(
    flow: Flow, db: Database
) -> None:
    ids = await stored(flow, "Pedido", "dudoso uno", "dudoso dos", "Consulta", "dudoso tres")
    await label(db, [ids[2]], "consulta", "ana")
    async with db.transaction() as connection:
        assert await to_review(connection) == [ids[4], ids[1]]
        assert await events.count_to_review(connection, 9) == 2
        assert await events.count_to_review(connection, 1) == 1
        assert await to_review(connection, limit=1) == [ids[4]]
        assert await to_review(connection, limit=1, before=ids[4]) == [ids[1]]
        assert len(await events.newest(connection, 50)) == 5


async def test_what_is_to_review_is_found_by_its_index(db: Database) -> None:
    async with db.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        rows = await connection.execute(
            f"EXPLAIN SELECT id FROM events e WHERE e.id < 9 AND {events.TO_REVIEW}"
            " ORDER BY e.id DESC LIMIT 50"
        )
        plan = "\n".join([line for (line,) in await rows.fetchall()])
    assert "events_to_review" in plan


async def conversation(flow: Flow, count: int) -> list[int]:
    """Mails of which each answers the first, and every second one was late."""
    start = datetime.now(UTC) - timedelta(hours=1)
    mails = [
        raw_mail(
            message_id=f"<{n}@x.org>",
            headers="In-Reply-To: <0@x.org>" if n else "",
            arrived_at=start + timedelta(minutes=n + (3 if n % 2 else 0)),
        )
        for n in range(count)
    ]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


async def test_a_conversation_goes_by_the_time_of_its_mails(flow: Flow, db: Database) -> None:
    ids = await conversation(flow, 6)
    by_time = [ids[n] for n in (0, 2, 1, 4, 3, 5)]
    async with db.transaction() as connection:
        middle = await events.get(connection, by_time[3])
        assert middle
        before = [e.id for e in await events.earlier(connection, middle, 50)]
        after = [e.id for e in await events.later(connection, middle, 50)]
        assert before == by_time[2::-1]
        assert after == by_time[4:]
        assert [e.id for e in await events.earlier(connection, middle, 2)] == by_time[2:0:-1]


async def test_mails_of_the_same_moment_are_each_there_once(flow: Flow, db: Database) -> None:
    ids = await conversation(flow, 4)
    async with db.transaction() as connection:
        await connection.execute("UPDATE events SET received_at = now()")
        for number, id in enumerate(ids):
            event = await events.get(connection, id)
            assert event
            assert len(await events.earlier(connection, event, 50)) == number
            assert len(await events.later(connection, event, 50)) == 3 - number


async def test_a_conversation_is_found_in_its_order_by_its_index(flow: Flow, db: Database) -> None:
    async with db.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_sort = off")
        rows = await connection.execute(
            "EXPLAIN SELECT id FROM events e WHERE thread_id = 'x'"
            " AND (received_at, id) < (now(), 9) ORDER BY e.received_at DESC, e.id DESC LIMIT 26"
        )
        plan = "\n".join([line for (line,) in await rows.fetchall()])
    assert "events_thread_id" in plan
    assert "Sort" not in plan


async def test_of_a_raw_mail_all_or_the_beginning_is_read(flow: Flow, db: Database) -> None:
    (handled,) = await handle_mails(flow, [raw_mail()])
    id = handled.event_id or 0
    async with db.transaction() as connection:
        assert await events.raw(connection, id) == raw_mail().content
        assert await events.raw(connection, id, 10) == raw_mail().content[:10]
        assert await events.raw(connection, id, 10**6) == raw_mail().content
        await connection.execute("DELETE FROM raw_mails")
        assert await events.raw(connection, id) is None


async def test_where_answers_should_go_is_told(flow: Flow, db: Database) -> None:
    (handled,) = await handle_mails(flow, [raw_mail(headers="Reply-To: pedidos@example.org")])
    async with db.transaction() as connection:
        assert await events.reply_to(connection, handled.event_id or 0) == "pedidos@example.org"
        assert await events.reply_to(connection, 0) == ""

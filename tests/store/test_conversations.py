"""The mails of a conversation, and what else an opened one is read from."""

from datetime import UTC, datetime, timedelta

from buzon.flow import Flow, handle_mails
from buzon.store import events
from buzon.store.db import Database
from peers.flows import raw_mail


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

import asyncio
from datetime import UTC, datetime, timedelta

from buzon.flow import Flow, handle_mails
from buzon.records import Outcome
from buzon.store import locks, outbox
from buzon.store.db import Database
from buzon.store.outbox import Tried
from peers.flows import raw_mail

NOW = timedelta(0)


async def queue_replies(flow: Flow, count: int) -> None:
    mails = [
        raw_mail(sender=f"c{n}@example.org", message_id=f"<{n}@example.org>") for n in range(count)
    ]
    await handle_mails(flow, mails)


async def statuses(db: Database) -> list[str]:
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT status FROM outbox ORDER BY id")
        return [status for (status,) in await rows.fetchall()]


async def alive(db: Database) -> locks.Lock:
    lock = locks.Lock(db, outbox.WORKERS, await locks.next_worker_number(db))
    assert await lock.try_take()
    return lock


async def die(db: Database, lock: locks.Lock) -> None:
    """Until PostgreSQL has noticed."""
    query, pid = "SELECT FROM pg_stat_activity WHERE pid = %s", lock.pid
    await lock.release()
    async with db.reading() as connection:
        while await (await connection.execute(query, [pid])).fetchone():
            await asyncio.sleep(0.01)


async def test_two_workers_never_claim_the_same_reply(flow: Flow, db: Database) -> None:
    await queue_replies(flow, 10)
    async with db.transaction() as one, db.transaction() as two:
        first = await outbox.claim(one, 1, 6)
        second = await outbox.claim(two, 2, 6)
    ids = [mail.id for mail in first + second]
    assert len(ids) == len(set(ids)) == 10


async def test_an_outcome_of_a_worker_that_lost_its_claim_is_not_recorded(
    flow: Flow, db: Database
) -> None:
    await queue_replies(flow, 1)
    async with db.transaction() as connection:
        (mail,) = await outbox.claim(connection, 1, 5)
        outcome = Tried(Outcome(mail.id, "sent", "250 ok"), 1, datetime.now(UTC))
        assert await outbox.record(connection, 2, [outcome]) == []
        assert await outbox.record(connection, 1, [outcome]) == [mail.reply.event_id]
    assert await statuses(db) == ["sent"]


async def test_what_comes_late_of_an_earlier_attempt_says_nothing_of_the_one_under_way(
    flow: Flow, db: Database
) -> None:
    await queue_replies(flow, 1)
    async with db.transaction() as connection:
        (mail,) = await outbox.claim(connection, 1, 5)
        await connection.execute("UPDATE outbox SET status = 'queued', claimed_by = NULL")
        await outbox.claim(connection, 1, 5)
        late = Tried(Outcome(mail.id, "retry", "broke off"), mail.attempts, datetime.now(UTC))
        assert await outbox.record(connection, 1, [late]) == []
    assert await statuses(db) == ["sending"]


async def test_that_the_server_took_it_is_recorded_also_where_the_claim_was_lost_meanwhile(
    flow: Flow, db: Database
) -> None:
    await queue_replies(flow, 2)
    async with db.transaction() as connection:
        taken, refused = await outbox.claim(connection, 1, 5)
        await connection.execute("UPDATE outbox SET status = 'queued', claimed_by = NULL")
        late = [
            Tried(Outcome(taken.id, "sent", "250 ok"), taken.attempts, datetime.now(UTC)),
            Tried(Outcome(refused.id, "retry", "451"), refused.attempts, datetime.now(UTC)),
        ]
        assert await outbox.record(connection, 1, late) == [taken.reply.event_id]
    assert sorted(await statuses(db)) == ["queued", "sent"]


async def test_what_the_server_said_is_recorded_word_for_word(flow: Flow, db: Database) -> None:
    await queue_replies(flow, 2)
    said = ['250 "ok", {queued} as \\N, c:\\x', "250 NULL – año"]
    async with db.transaction() as connection:
        mails = await outbox.claim(connection, 1, 5)
        tried = [
            Tried(Outcome(mail.id, "sent", words), mail.attempts, datetime.now(UTC))
            for mail, words in zip(mails, said, strict=True)
        ]
        await outbox.record(connection, 1, tried)
        rows = await connection.execute("SELECT detail FROM outbox ORDER BY id")
        assert [detail for (detail,) in await rows.fetchall()] == said


async def test_what_an_odd_address_got_is_found_under_it(flow: Flow, db: Database) -> None:
    odd = "o'{ana}\"@example.org"
    async with db.transaction() as connection:
        await queue_replies(flow, 1)
        await connection.execute("UPDATE outbox SET recipient = %s, thread_id = %s", [odd, odd])
        assert set(await outbox.addressees(connection, [odd, "c1@example.org"])) == {odd}
        assert await outbox.answered_threads(connection, [odd, "NULL"]) == {odd}


async def test_a_reply_to_retry_is_not_due_before_its_time(flow: Flow, db: Database) -> None:
    await queue_replies(flow, 1)
    later = datetime.now(UTC) + timedelta(hours=1)
    async with db.transaction() as connection:
        (mail,) = await outbox.claim(connection, 1, 5)
        await outbox.record(connection, 1, [Tried(Outcome(mail.id, "retry", "451"), 1, later)])
    async with db.transaction() as connection:
        assert await outbox.claim(connection, 1, 5) == []
    assert await statuses(db) == ["queued"]


async def test_a_reply_that_waited_too_long_is_given_up_and_says_so(
    flow: Flow, db: Database
) -> None:
    await queue_replies(flow, 2)
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE outbox SET created_at = now() - interval '3 days', attempts = 7,"
            " detail = '451 not now' WHERE id = (SELECT min(id) FROM outbox)"
        )
        assert len(await outbox.expire(connection, timedelta(days=2))) == 1
        (mail,) = await outbox.claim(connection, 1, 5)
        rows = await connection.execute("SELECT detail FROM outbox WHERE status = 'failed'")
        assert await rows.fetchall() == [("not sent in 2 days, tried 7 times: 451 not now",)]
    assert mail.reply.recipient == "c1@example.org"


async def test_a_living_worker_s_replies_are_not_taken_from_it(flow: Flow, db: Database) -> None:
    await queue_replies(flow, 1)
    lock = await alive(db)
    async with db.transaction() as connection:
        await outbox.claim(connection, lock.number, 5)
    for _ in range(3):
        async with db.transaction() as connection:
            assert await outbox.rescue(connection, NOW) == 0
    assert await statuses(db) == ["sending"]
    await lock.release()


async def test_a_dead_worker_s_replies_are_queued_again_once_it_was_missed_twice(
    flow: Flow, db: Database
) -> None:
    await queue_replies(flow, 2)
    lock = await alive(db)
    async with db.transaction() as connection:
        await outbox.claim(connection, lock.number, 5)
    await die(db, lock)
    async with db.transaction() as connection:
        assert await outbox.rescue(connection, timedelta(hours=1)) == 0
    async with db.transaction() as connection:
        assert await outbox.rescue(connection, NOW) == 2
    assert await statuses(db) == ["queued", "queued"]


async def test_a_worker_that_takes_its_lock_again_in_time_keeps_its_replies(
    flow: Flow, db: Database
) -> None:
    await queue_replies(flow, 1)
    lock = await alive(db)
    async with db.transaction() as connection:
        await outbox.claim(connection, lock.number, 5)
    await die(db, lock)
    async with db.transaction() as connection:
        await outbox.rescue(connection, timedelta(hours=1))
    assert await lock.try_take()
    async with db.transaction() as connection:
        assert await outbox.rescue(connection, NOW) == 0
        assert await outbox.rescue(connection, NOW) == 0
    assert await statuses(db) == ["sending"]
    await lock.release()


async def test_what_was_not_tried_goes_back_without_counting_as_an_attempt(
    flow: Flow, db: Database
) -> None:
    await queue_replies(flow, 1)
    async with db.transaction() as connection:
        (mail,) = await outbox.claim(connection, 1, 5)
        await outbox.unclaim(connection, 1, [mail.id])
    async with db.transaction() as connection:
        (again,) = await outbox.claim(connection, 1, 5)
    assert again.attempts == 1

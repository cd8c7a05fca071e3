"""Replies go out, and each attempt is noted."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import psycopg
import pytest
from structlog.testing import capture_logs

from buzon.errors import DatabaseUnreachable
from buzon.flow import Courier, Flow, delivery, handle_mails
from buzon.flow.letting_go import unblock
from buzon.mail.smtp import Done, Outgoing, Server
from buzon.records import Outcome, QueuedReply, RawMail
from buzon.store import delivery_attempts, outbox
from buzon.store.db import Database
from peers.flows import raw_mail
from peers.smtp_server import OKAY, SmtpServer

ONE_BY_ONE = OKAY["EHLO"].replace("250-PIPELINING\r\n", "")


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
async def courier(flow: Flow, smtp: SmtpServer) -> AsyncIterator[Courier]:
    outgoing = Outgoing(Server(host=smtp.host, port=smtp.port, security="none"))
    courier = Courier(flow, outgoing)
    living = asyncio.create_task(courier.stay_alive())
    while courier._lock is None:
        await asyncio.sleep(0.01)
    yield courier
    living.cancel()
    with suppress(asyncio.CancelledError):
        await living
    await outgoing.close()


async def attempts(db: Database, event_id: int) -> list[tuple[int, str, str]]:
    async with db.transaction() as connection:
        found = await delivery_attempts.of_event(connection, event_id)
    return [(attempt.number, attempt.status, attempt.detail) for attempt in found]


async def test_what_the_server_said_to_each_attempt_is_kept(
    flow: Flow, db: Database, smtp: SmtpServer, courier: Courier
) -> None:
    (handled,) = await handle_mails(flow, [raw_mail()])
    smtp.behave("RCPT", "451 4.3.0 not now", times=1)
    assert await courier.deliver() == 1
    async with db.transaction() as connection:
        await connection.execute("UPDATE outbox SET due_at = now()")
    assert await courier.deliver() == 1
    (first, second) = await attempts(db, handled.event_id or 0)
    assert first[:2] == (1, "retry")
    assert "451 4.3.0 not now" in first[2]
    assert second[:2] == (2, "sent")
    assert "250 2.0.0 queued" in second[2]


def twenty_mails() -> list[RawMail]:
    return [raw_mail(sender=f"c{n}@x.org", message_id=f"<{n}@x.org>") for n in range(20)]


async def test_an_attempt_is_noted_once_also_where_the_database_was_away_meanwhile(
    flow: Flow, db: Database, smtp: SmtpServer, courier: Courier
) -> None:
    def cut_connections(_line: str) -> bool:
        with psycopg.connect(db.url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return True

    handled = await handle_mails(flow, twenty_mails())
    smtp.behave("dot", "250 2.0.0 queued", times=3, when=cut_connections)
    assert await courier.deliver() == 20
    for each in handled:
        assert [status for _, status, _ in await attempts(db, each.event_id or 0)] == ["sent"]
    assert len(smtp.received) == 20


async def test_what_the_database_refuses_of_one_outcome_holds_up_no_other(
    flow: Flow, db: Database, smtp: SmtpServer, courier: Courier
) -> None:
    async with db.transaction() as connection:
        await connection.execute("ALTER TABLE outbox ADD CHECK (detail <> '250 2.0.0 odd')")
    handled = await handle_mails(flow, twenty_mails())
    smtp.behave("dot", "250 2.0.0 odd", times=2)
    assert await courier.deliver() == 20
    noted = [await attempts(db, each.event_id or 0) for each in handled]
    assert {(number, status) for ((number, status, _),) in noted} == {(1, "sent")}
    assert sorted(detail for ((_, _, detail),) in noted)[:3] == ["", "", "250 2.0.0 queued"]
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT DISTINCT status, claimed_by FROM outbox")
        assert await rows.fetchall() == [("sent", None)]


async def test_stopped_in_a_hurry_what_the_server_may_have_stays_claimed_and_is_recorded_if_it_can(
    flow: Flow, db: Database, smtp: SmtpServer, courier: Courier
) -> None:
    async def statuses() -> dict[str, int]:
        async with db.transaction() as connection:
            rows = await connection.execute("SELECT status, count(*) FROM outbox GROUP BY status")
            return dict(await rows.fetchall())

    await handle_mails(flow, twenty_mails())
    smtp.behave("dot", "250 2.0.0 queued", pause=2.0)
    delivering = asyncio.create_task(courier.deliver())
    while smtp.attempts["dot"] < 8:
        await asyncio.sleep(0.01)
    delivering.cancel()
    async with asyncio.timeout(10):
        while await statuses() != {"sending": 8, "queued": 12}:  # the untried at once
            await asyncio.sleep(0.01)
    assert not smtp.confirmed
    delivering.cancel()
    await asyncio.wait([delivering])
    await courier._unclaim_forgotten()
    assert (await statuses())["queued"] == 12
    async with asyncio.timeout(10):
        while await statuses() != {"sent": 8, "queued": 12}:
            await asyncio.sleep(0.05)
    smtp.be_good()
    assert await courier.deliver() == 12
    assert len(smtp.received) == 20


@pytest.mark.parametrize(("step", "answer"), [("RCPT", "250 ok"), ("DATA", "354 go on")])
async def test_who_was_stopped_for_long_sends_nothing_that_others_may_have_sent_by_then(
    step: str, answer: str, flow: Flow, db: Database, smtp: SmtpServer, courier: Courier
) -> None:
    def sleep(_line: str) -> bool:
        """As long as it takes others to take us for dead, in the middle of a mail."""
        courier._sure_until = 0.0
        return False

    await handle_mails(flow, [raw_mail()])
    smtp.behave(step, answer, when=sleep)
    await courier.deliver()
    assert (smtp.attempts[step], smtp.attempts["dot"]) == (1, 0)
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT status, attempts, claimed_by FROM outbox")
        assert await rows.fetchall() == [("queued", 0, None)]
    smtp.be_good()
    while delivery.now() >= courier._sure_until:
        await asyncio.sleep(0.05)
    assert await courier.deliver() == 1
    assert len(smtp.received) == 1


@pytest.mark.parametrize("together", [True, False])
async def test_what_was_claimed_before_we_may_have_been_taken_for_dead_is_not_sent(
    flow: Flow, smtp: SmtpServer, courier: Courier, together: bool
) -> None:
    def sleep_and_take_the_lock_again(_line: str) -> bool:
        courier._sure_until = 0.0
        courier._note_alive(delivery.now())
        return False

    await handle_mails(flow, [raw_mail()])
    if not together:
        smtp.behave("EHLO", ONE_BY_ONE)
    smtp.behave("RCPT", "250 ok", times=1, when=sleep_and_take_the_lock_again)
    await courier._send(await courier._claim())
    assert (smtp.attempts["RCPT"], smtp.attempts["dot"]) == (1, 0)
    assert together or smtp.attempts["DATA"] == 0


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="no clock runs while suspended")
@pytest.mark.parametrize("together", [True, False])
async def test_a_machine_that_was_suspended_sends_nothing_that_others_may_have_sent_by_then(
    flow: Flow, smtp: SmtpServer, courier: Courier, together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suspended machine's monotonic clock stands still; the other one has gone on."""
    as_it_is = time.clock_gettime

    def after_an_hour(clock: int) -> float:
        return as_it_is(clock) + (3600 if clock == time.CLOCK_BOOTTIME else 0)

    def suspend(_line: str) -> bool:
        monkeypatch.setattr(time, "clock_gettime", after_an_hour)
        return False

    await handle_mails(flow, [raw_mail()])
    if not together:
        smtp.behave("EHLO", ONE_BY_ONE)
    smtp.behave("RCPT", "250 ok", times=1, when=suspend)
    await courier._send(await courier._claim())
    assert (smtp.attempts["RCPT"], smtp.attempts["dot"]) == (1, 0)
    assert together or smtp.attempts["DATA"] == 0


async def test_a_worker_gives_back_by_itself_what_it_claimed_and_lost(
    flow: Flow, db: Database, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CLAIMS_CHECK", 0.01)
    await handle_mails(flow, [raw_mail()])
    assert await courier._claim()
    courier._in_hand.clear()  # as where the claim was committed and its answer never came
    keeping = asyncio.create_task(courier.keep_claims())
    async with asyncio.timeout(10), db.transaction() as connection:
        while await outbox.claimed(connection, courier._lock.number):  # type: ignore[union-attr]
            await asyncio.sleep(0.01)
    keeping.cancel()
    assert await courier.deliver() == 1


async def test_whose_lock_is_looked_after_anew_keeps_the_number_that_mails_are_claimed_under(
    flow: Flow, smtp: SmtpServer
) -> None:
    outgoing = Outgoing(Server(host=smtp.host, port=smtp.port, security="none"))
    courier = Courier(flow, outgoing)
    numbers = set()
    for _ in range(2):
        living = asyncio.create_task(courier.stay_alive())
        while courier._lock is None or not courier._lock.held:
            await asyncio.sleep(0.01)
        numbers.add(courier._lock.number)
        living.cancel()
        await asyncio.wait([living])
    assert len(numbers) == 1
    await outgoing.close()


async def test_a_mail_that_is_tried_again_is_not_given_back_as_its_first_batch_ends(
    flow: Flow, db: Database, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    await handle_mails(flow, [raw_mail()])
    gate, tried = asyncio.Event(), asyncio.Queue[None]()

    async def fails_once_then_hangs(mails: Sequence[QueuedReply], record: Done, *_: object) -> None:
        if mails[0].attempts == 1:
            await record([Outcome(mails[0].id, "retry", "451")])
            tried.put_nowait(None)
            await gate.wait()  # another mail of that batch goes on for long
        else:
            tried.put_nowait(None)
            await asyncio.Event().wait()

    monkeypatch.setattr(courier.sender, "send", fails_once_then_hangs)
    first = asyncio.create_task(courier.deliver())
    await tried.get()
    async with db.transaction() as connection:
        await connection.execute("UPDATE outbox SET due_at = now()")
    second = asyncio.create_task(courier.deliver())
    await tried.get()
    gate.set()
    await asyncio.wait([first], timeout=5)
    await courier._unclaim_forgotten()
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT status, attempts FROM outbox")
        assert await rows.fetchall() == [("sending", 2)]
    second.cancel()
    await asyncio.wait([second])


async def test_room_under_the_cap_is_given_away_once(flow: Flow, db: Database) -> None:
    flow = replace(flow, policy=replace(flow.policy, replies_per_hour=1))
    mails = [raw_mail(sender=f"c{n}@x.org", message_id=f"<{n}@x.org>") for n in range(3)]
    await handle_mails(flow, mails[:2])
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE outbox SET released_at = now() - interval '2 hours' WHERE status = 'queued'"
        )
    async with db.transaction() as connection:
        assert len(await unblock(connection, flow)) == 1
        coming = asyncio.create_task(handle_mails(flow, mails[2:]))
        await asyncio.wait([coming], timeout=0.3)
        assert not coming.done()  # whether there is room, it learns when we are through
    (handled,) = await coming
    async with db.transaction() as connection:
        rows = await connection.execute(
            "SELECT status FROM outbox WHERE event_id = %s", [handled.event_id]
        )
        assert await rows.fetchall() == [("held",)]


async def test_a_claim_that_hangs_is_given_up_and_the_next_one_goes_on(
    flow: Flow, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    await handle_mails(flow, [raw_mail()])
    monkeypatch.setattr(delivery, "PATIENCE", 0.1)
    async with flow.db.transaction() as other:
        await other.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DatabaseUnreachable, match="does not answer"):
            await courier._claim()
    monkeypatch.undo()
    assert await courier.deliver() == 1


async def test_the_log_shows_the_way_of_a_mail_under_its_number(
    flow: Flow, db: Database, smtp: SmtpServer, courier: Courier
) -> None:
    smtp.behave("RCPT", "451 4.3.0 not now", times=1)
    with capture_logs() as logs:
        machine = raw_mail(message_id="<m@x.org>", headers="Auto-Submitted: auto-replied")
        answered, silent = await handle_mails(flow, [raw_mail(), machine])
        await courier.deliver()
        async with db.transaction() as connection:
            await connection.execute("UPDATE outbox SET due_at = now()")
        await courier.deliver()
    way = [
        (line["event"], line.get("answered"), line.get("outcome"))
        for line in logs
        if line.get("mail") == answered.event_id
    ]
    assert way == [
        ("mail stored", True, None),
        ("answer tried", None, "retry"),
        ("answer tried", None, "sent"),
    ]
    (other,) = [line for line in logs if line.get("mail") == silent.event_id]
    assert (other["answered"], other["rules"][0]) == (False, "auto-submitted")
    assert "ana@example.org" not in str(logs)

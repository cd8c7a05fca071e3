"""Replies in an external sender's hands: reported, handed out again, or sent by Buzón itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from buzon.errors import NotFound, NotHandedOut
from buzon.flow import Courier, Flow, hand_out, handing, handle_mails, report, tend_handed
from buzon.mail.smtp import Outgoing, Server
from buzon.records import Event, SentReply
from buzon.store import delivery_attempts, events, outbox
from buzon.store.db import Database
from flow.conftest import event_of
from flow.test_answering import quiet_now
from peers.flows import StubClassifier, make_flow, raw_mail
from peers.smtp_server import SmtpServer


@pytest.fixture
async def flow(db: Database, classifier: StubClassifier) -> Flow:
    return await make_flow(db, classifier, sends=False, hands_out=True)


async def pass_time(db: Database, ago: str = "11 minutes") -> None:
    """What was handed out lies in those hands for so long by now, and each pause is over."""
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE outbox SET due_at = due_at - %(ago)s::interval,"
            " handed_at = handed_at - %(ago)s::interval"
            " WHERE status IN ('handed', 'queued')",
            {"ago": ago},
        )


async def reply_of(flow: Flow, id: int) -> SentReply:
    async with flow.db.transaction() as db:
        event = await events.get(db, id)
    assert event is not None
    assert event.reply is not None
    return event.reply


async def attempts(flow: Flow, id: int) -> list[tuple[str, str]]:
    async with flow.db.transaction() as db:
        found = await delivery_attempts.of_event(db, id)
    return [(attempt.status, attempt.detail) for attempt in found]


async def several(flow: Flow, count: int) -> list[int]:
    mails = [raw_mail(sender=f"c{n}@x.org", message_id=f"<{n}@x.org>") for n in range(count)]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


# ── reports ────────────────────────────────────────────────────────────────────────────────


async def test_what_was_sent_is_noted_with_who_reported_it(flow: Flow) -> None:
    event = await event_of(flow)
    told = await report(flow, event.id, "sent", by="n8n")
    assert told.reply is not None
    assert (told.reply.status, told.reply.detail) == ("sent", "n8n")
    assert told.reply.sent_at is not None
    assert await attempts(flow, event.id) == [("sent", "n8n")]


async def test_an_answer_to_the_message_id_that_the_sender_gave_it_is_of_the_conversation(
    flow: Flow,
) -> None:
    event = await event_of(flow)
    await report(flow, event.id, "sent", message_id="made@n8n.example.com", by="n8n")
    again = await event_of(
        flow,
        subject="Something else",
        message_id="<dos@example.org>",
        headers="In-Reply-To: <made@n8n.example.com>",
    )
    assert again.thread_id == event.thread_id
    assert [sign.rule for sign in again.signs] == ["conversation"]


async def test_a_message_id_that_another_reply_has_is_not_taken_over(flow: Flow) -> None:
    first, second = await several(flow, 2)
    await report(flow, first, "sent", message_id="made@n8n.example.com", by="n8n")
    ours = (await reply_of(flow, second)).message_id
    await report(flow, second, "sent", message_id="made@n8n.example.com", by="n8n")
    assert (await reply_of(flow, second)).message_id == ours


async def test_a_report_twice_changes_nothing(flow: Flow) -> None:
    event = await event_of(flow)
    first = await report(flow, event.id, "sent", by="n8n")
    assert await report(flow, event.id, "sent", by="n8n") == first
    assert await report(flow, event.id, "failed", error="too late", by="n8n") == first
    assert len(await attempts(flow, event.id)) == 1


async def test_what_failed_is_due_again_after_a_pause(flow: Flow) -> None:
    event = await event_of(flow)
    told = await report(flow, event.id, "failed", error="451 not\0now\n", by="n8n")
    assert told.reply is not None
    assert (told.reply.status, told.reply.detail) == ("queued", "n8n: 451 not now")
    assert told.reply.due_at is not None
    assert 7 < (told.reply.due_at - datetime.now(UTC)).total_seconds() < 13
    assert await attempts(flow, event.id) == [("retry", "n8n: 451 not now")]
    assert await report(flow, event.id, "failed", by="n8n") == told  # as when an answer was lost
    assert await hand_out(flow, 10) == []
    await pass_time(flow.db)
    assert [found.id for found in await hand_out(flow, 10)] == [event.id]


async def test_a_late_failure_of_an_earlier_hand_out_is_not_that_of_the_present_one(
    flow: Flow,
) -> None:
    event = await event_of(flow)
    await pass_time(flow.db)
    await hand_out(flow, 10)
    await report(flow, event.id, "failed", attempts=1, by="n8n")
    assert (await reply_of(flow, event.id)).status == "handed"
    await report(flow, event.id, "sent", attempts=1, by="n8n")  # but what went out went out
    assert (await reply_of(flow, event.id)).status == "sent"


async def test_what_failed_ten_times_failed_for_good(flow: Flow) -> None:
    event = await event_of(flow)
    for _ in range(10):
        await report(flow, event.id, "failed", error="550 no such user", by="n8n")
        await pass_time(flow.db, "2 hours")
        await hand_out(flow, 10)
    reply = await reply_of(flow, event.id)
    assert (reply.status, reply.detail) == ("failed", "n8n: 550 no such user")
    assert [status for status, _ in await attempts(flow, event.id)] == ["retry"] * 9 + ["failed"]


async def test_a_report_of_what_was_never_handed_out_is_refused(
    flow: Flow, db: Database, classifier: StubClassifier
) -> None:
    with pytest.raises(NotFound):
        await report(flow, 99, "sent", by="n8n")
    unanswered = await event_of(flow, subject="otro")
    with pytest.raises(NotHandedOut, match=f"No reply to event {unanswered.id} was handed out"):
        await report(flow, unanswered.id, "sent", by="n8n")
    native = await make_flow(db, classifier)
    ours = await event_of(native, message_id="<dos@x.org>", sender="b@x.org")
    with pytest.raises(NotHandedOut):
        await report(native, ours.id, "sent", by="n8n")
    assert (await reply_of(flow, ours.id)).status == "queued"


# ── handing out again ──────────────────────────────────────────────────────────────────────


async def test_what_was_not_reported_in_time_is_handed_out_again_as_it_was(flow: Flow) -> None:
    event = await event_of(flow)
    assert event.reply is not None
    assert await hand_out(flow, 10) == []  # it is in somebody's hands
    await pass_time(flow.db)
    (again,) = await hand_out(flow, 10)
    assert again.reply is not None
    same = ("message_id", "recipient", "subject", "text", "html", "headers")
    assert [getattr(again.reply, n) for n in same] == [getattr(event.reply, n) for n in same]
    assert (event.reply.attempts, again.reply.attempts) == (1, 2)
    assert await attempts(flow, event.id) == [("retry", "handed out, and not reported in time")]
    assert await hand_out(flow, 10) == []


async def test_of_many_who_ask_at_once_each_gets_others(flow: Flow) -> None:
    ids = await several(flow, 60)
    await pass_time(flow.db)
    found = await asyncio.gather(*(hand_out(flow, 7) for _ in range(12)))
    got = [event.id for each in found for event in each]
    assert len(got) == len(set(got))
    while more := await hand_out(flow, 7):  # whoever came while others held them got none
        got += [event.id for event in more]
    assert sorted(got) == ids


async def test_the_oldest_come_first_and_a_mailbox_can_be_named(flow: Flow) -> None:
    ids = await several(flow, 3)
    (other,) = await handle_mails(flow, [raw_mail(mailbox="ventas", message_id="<v@x.org>")])
    await pass_time(flow.db)
    assert [event.id for event in await hand_out(flow, 10, "ventas")] == [other.event_id]
    assert [event.id for event in await hand_out(flow, 2)] == ids[:2]


async def test_what_nobody_reported_ten_times_is_given_up(flow: Flow) -> None:
    event = await event_of(flow)
    for _ in range(12):
        await pass_time(flow.db)
        await hand_out(flow, 10)
    assert (await reply_of(flow, event.id)).attempts == 10
    await tend_handed(flow)
    reply = await reply_of(flow, event.id)
    assert (reply.status, reply.detail) == ("failed", "not sent, handed out 10 times")


async def test_an_answer_of_the_day_before_yesterday_is_not_handed_out(flow: Flow) -> None:
    event = await event_of(flow)
    async with flow.db.transaction() as db:
        await db.execute("UPDATE outbox SET created_at = created_at - interval '3 days'")
    await tend_handed(flow)
    assert (await reply_of(flow, event.id)).status == "handed"  # it may be on its way
    await pass_time(flow.db)
    assert await hand_out(flow, 10) == []
    await tend_handed(flow)
    reply = await reply_of(flow, event.id)
    assert (reply.status, reply.detail) == ("failed", "not sent, handed out 1 times")
    await report(flow, event.id, "sent", by="n8n")  # late as it is, what went out went out
    assert (await reply_of(flow, event.id)).status == "sent"


async def test_what_was_handed_out_before_this_was_noted_is_left_alone(flow: Flow) -> None:
    await event_of(flow)
    async with flow.db.transaction() as db:
        await db.execute("UPDATE outbox SET handed_at = NULL, due_at = created_at, attempts = 0")
    assert await hand_out(flow, 10) == []


async def test_where_buzon_alone_sends_nothing_is_handed_out(
    db: Database, classifier: StubClassifier
) -> None:
    native = await make_flow(db, classifier)
    await event_of(native)
    assert await hand_out(native, 10) == []


# ── what waits ─────────────────────────────────────────────────────────────────────────────


async def test_what_the_global_cap_holds_back_comes_out_when_there_is_room(
    db: Database, classifier: StubClassifier
) -> None:
    full = await make_flow(db, classifier, sends=False, hands_out=True, replies_per_hour=1)
    _, held = await several(full, 2)
    await tend_handed(full)
    assert await hand_out(full, 10) == []
    wide = await make_flow(db, classifier, sends=False, hands_out=True)
    await tend_handed(wide)
    assert [event.id for event in await hand_out(wide, 10)] == [held]


async def test_what_waits_for_quiet_hours_to_end_comes_out_then(flow: Flow) -> None:
    await quiet_now(flow)
    event = await event_of(flow)
    assert event.reply is not None
    assert event.reply.status == "queued"
    assert await hand_out(flow, 10) == []
    await pass_time(flow.db, "4 days")
    assert [found.id for found in await hand_out(flow, 10)] == [event.id]


async def test_what_a_worker_that_died_was_sending_comes_out(
    db: Database, classifier: StubClassifier, flow: Flow
) -> None:
    native = await make_flow(db, classifier)
    event = await event_of(native)
    async with db.transaction() as connection:
        await outbox.claim(connection, 4711, 10)  # nobody holds the lock of this worker
    await tend_handed(flow)  # misses it
    assert await hand_out(flow, 10) == []
    async with db.transaction() as connection:
        await connection.execute("UPDATE outbox SET orphaned_at = now() - interval '11 seconds'")
    await tend_handed(flow)
    assert [found.id for found in await hand_out(flow, 10)] == [event.id]


# ── Buzón sends what came back ─────────────────────────────────────────────────────────────


@pytest.fixture(params=[True, False], ids=["under BUZON_STALE=send", "native since"])
async def courier(
    db: Database, classifier: StubClassifier, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Courier, SmtpServer]]:
    both = await make_flow(db, classifier, sends=True, hands_out=request.param)
    with SmtpServer() as smtp:
        outgoing = Outgoing(Server(host=smtp.host, port=smtp.port, security="none"))
        courier = Courier(both, outgoing)
        living = asyncio.create_task(courier.stay_alive())
        while courier._lock is None:
            await asyncio.sleep(0.01)
        yield courier, smtp
        living.cancel()
        with suppress(asyncio.CancelledError):
            await living
        await outgoing.close()


async def test_buzon_itself_sends_what_was_not_reported_once(
    flow: Flow, courier: tuple[Courier, SmtpServer]
) -> None:
    worker, smtp = courier
    reported, unreported = await several(flow, 2)
    await worker.tend()
    assert len(smtp.received) == 0  # they are in the other's hands
    await report(flow, reported, "sent", by="n8n")
    await pass_time(flow.db)
    await worker.tend()
    await worker.tend()
    assert len(smtp.received) == 1
    assert (await reply_of(flow, unreported)).status == "sent"
    assert await hand_out(worker.flow, 10) == []


async def test_a_late_report_keeps_buzon_from_sending_too(
    flow: Flow, courier: tuple[Courier, SmtpServer]
) -> None:
    worker, smtp = courier
    event: Event = await event_of(flow)
    await report(flow, event.id, "failed", by="n8n")
    await report(flow, event.id, "sent", by="n8n")
    await pass_time(flow.db)
    await worker.tend()
    assert len(smtp.received) == 0


async def test_two_hands_that_reach_for_the_same_at_once_never_both_get_it(
    flow: Flow, courier: tuple[Courier, SmtpServer]
) -> None:
    worker, smtp = courier
    ids = await several(flow, 40)
    await pass_time(flow.db)
    _, *lists = await asyncio.gather(worker.tend(), *(hand_out(flow, 5) for _ in range(4)))
    handed = [event.id for each in lists for event in each]
    assert len(handed) + len(smtp.received) == len(ids)
    for id in ids:
        assert (await reply_of(flow, id)).status == ("handed" if id in handed else "sent")


async def test_how_long_it_may_take_is_a_setting(db: Database, classifier: StubClassifier) -> None:
    slow = await make_flow(
        db, classifier, sends=False, hands_out=True, hand_out_for=timedelta(hours=2)
    )
    event = await event_of(slow)
    await pass_time(db)
    assert await hand_out(slow, 10) == []
    await pass_time(db, "2 hours")
    assert [found.id for found in await hand_out(slow, 10)] == [event.id]


async def test_what_could_not_be_reported_while_we_were_away_is_not_handed_out_before_it_is(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    (handled,) = await handle_mails(flow, [raw_mail()])
    await hand_out(flow, 10)
    await pass_time(flow.db)
    flow.db.note_away()
    assert await hand_out(flow, 10) == []
    async with flow.db.transaction() as connection:
        assert await outbox.oldest_due(connection) > 0  # an alarm may ring meanwhile
    monkeypatch.setattr(handing, "REPORT_SECONDS", 0.0)
    assert [event.id for event in await hand_out(flow, 10)] == [handled.event_id]

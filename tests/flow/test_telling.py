"""What happens is told to webhooks: in the transaction in which it happens, by whatever road, and
delivered until it is there."""

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from buzon.errors import Conflict, DatabaseError
from buzon.flow import Flow, carry_on_renaming, handle_mails, label, rename_category, telling
from buzon.flow.telling import PAUSES, outcome
from buzon.flow.webhooks import SWITCHED_OFF
from buzon.hooks import post
from buzon.hooks.post import Answer
from buzon.records import Outcome
from buzon.store import drift_alarms, outbox, webhook_deliveries, webhooks
from buzon.store.outbox import Tried
from buzon.store.webhook_deliveries import Claimed, Delivery
from buzon.store.webhooks import Kind
from peers.flows import raw_mail
from peers.webhooks import HANG, SAFE, add_webhook, make_teller, make_webhooks, receiving

NOBODY = "http://127.0.0.1:9/hook"  # nothing listens there


async def log_of(flow: Flow, id: int) -> list[Delivery]:
    """What a webhook was told, the oldest first."""
    async with flow.db.transaction() as db:
        return (await webhook_deliveries.newest(db, id, 2000))[::-1]


async def sql(flow: Flow, statement: str, *arguments: object) -> list[tuple[object, ...]]:
    async with flow.db.transaction() as db:
        done = await db.execute(statement, arguments)  # type: ignore[arg-type]
        return await done.fetchall() if done.description else []


async def mail(flow: Flow, number: int = 1, **fields: str) -> int:
    (handled,) = await handle_mails(flow, [raw_mail(message_id=f"<{number}@a.example>", **fields)])  # type: ignore[arg-type]
    return handled.event_id or 0


async def test_a_mail_that_is_stored_is_told_signed(flow: Flow) -> None:
    async with receiving() as receiver:
        id, secret = await add_webhook(flow, receiver.url)
        event = await mail(flow, subject="Pedido de cajas", body="Quiero diez cajas.")
        await make_teller(flow).tell(id)
        (hit,) = receiver.hits
        assert hit.signed_with(secret)
        assert not hit.signed_with("whsec_" + "A" * 43 + "=")
        assert abs(int(hit.headers["webhook-timestamp"]) - time.time()) < 60
        assert hit.path == "/hook?a=1"
        assert hit.headers["content-type"] == "application/json"
        told = hit.told
        assert told["type"] == "event.stored"
        assert datetime.fromisoformat(told["timestamp"]).tzinfo is not None
        assert {
            "id": event, "sender": "ana@example.org", "subject": "Pedido de cajas",
            "category": "pedido", "confidence": 0.96, "needs_review": False, "true_label": None,
            "answered": True, "page": f"/mails/{event}",
        }.items() <= told["data"]["event"].items()  # fmt: skip
        assert "diez" not in hit.body.decode()
        (delivery,) = await log_of(flow, id)
        assert (delivery.status, delivery.attempts, delivery.http_status) == ("delivered", 1, 204)
        assert hit.headers["webhook-id"] == delivery.name
        assert await make_teller(flow).tell(id) == 0


@pytest.mark.parametrize("content", ["ids", "text"])
async def test_as_much_is_told_of_a_mail_as_was_chosen(flow: Flow, content: str) -> None:
    async with receiving() as receiver:
        id, _ = await add_webhook(flow, receiver.url, content=content)  # type: ignore[arg-type]
        await mail(flow, body="Quiero diez cajas.")
        await make_teller(flow).tell(id)
        event = receiver.hits[0].told["data"]["event"]
    assert ("sender" in event, "subject" in event) == (content == "text",) * 2
    assert event.get("body", "").strip() == ("Quiero diez cajas." if content == "text" else "")
    assert event["category"] == "consulta"


async def test_of_a_mail_no_more_is_kept_than_the_webhook_is_told(flow: Flow) -> None:
    kinds: list[Kind] = ["event.stored", "event.corrected", "reply.sent"]
    await add_webhook(flow, NOBODY, kinds, content="ids")
    event = await mail(flow, subject="Pedido de cajas")
    await label(flow.db, [event], "pedido", "Ana Ruiz")
    async with flow.db.transaction() as db:
        (queued,) = await outbox.claim(db, 7, 1)
        await outbox.record(
            db, 7, [Tried(Outcome(queued.id, "sent", "250 OK"), 1, datetime.now(UTC))]
        )
    kept = str(await sql(flow, "SELECT array_agg(data) FROM webhook_deliveries"))
    assert kept.count("'event'") == 3
    assert "Pedido de cajas" not in kept
    assert not {"sender", "sender_name", "subject", "to"} & set(re.findall(r"'(\w+)':", kept))


async def test_who_is_to_be_told_less_is_told_less_of_what_waits_too(flow: Flow) -> None:
    async with receiving() as receiver:
        id, _ = await add_webhook(flow, receiver.url, content="text")
        await mail(flow)
        await make_webhooks(flow).change(id, "Ana Ruiz", content="ids")
        await make_teller(flow).tell(id)
        event = receiver.hits[0].told["data"]["event"]
    assert {"sender", "sender_name", "subject", "body"} & event.keys() == set()


async def test_without_a_webhook_that_wants_it_nothing_is_written(flow: Flow) -> None:
    id, _ = await add_webhook(flow, NOBODY, ["model.promoted"])
    off, _ = await add_webhook(flow, NOBODY, name="off")
    await make_webhooks(flow).change(off, "Ana Ruiz", on=False)
    event = await mail(flow)
    await label(flow.db, [event], "pedido", "Ana Ruiz")
    assert await sql(flow, "SELECT count(*) FROM webhook_deliveries") == [(0,)]
    jobs = await sql(flow, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'mail:tell'")
    assert jobs == [(0,)]
    assert await log_of(flow, id) == []


async def test_what_is_rolled_back_is_told_to_nobody(flow: Flow) -> None:
    id, _ = await add_webhook(flow, NOBODY)

    async def fail(_db: object, _handled: object) -> None:
        raise DatabaseError("as when the connection breaks")

    with pytest.raises(DatabaseError):
        await handle_mails(flow, [raw_mail()], fail)
    assert await log_of(flow, id) == []


async def test_what_waits_for_a_person_is_told_and_again_when_a_label_is_taken_back(
    flow: Flow,
) -> None:
    id, _ = await add_webhook(flow, NOBODY, ["event.to_review"])
    await mail(flow, 1)
    unsure = await mail(flow, 2, subject="dudoso")
    await label(flow.db, [unsure], "pedido", "Ana Ruiz")
    await label(flow.db, [unsure], None, "Ana Ruiz")
    told = await log_of(flow, id)
    assert [(d.kind, d.event_id) for d in told] == [("event.to_review", unsure)] * 2


async def test_imported_mails_ring_nobody(flow: Flow) -> None:
    id, _ = await add_webhook(flow, NOBODY, ["event.stored", "event.to_review"])
    await handle_mails(flow, [raw_mail(subject="dudoso", source="import")])
    assert await log_of(flow, id) == []


async def test_a_correction_is_told_with_who_made_it_also_one_by_plain_sql(
    flow: Flow, database_url: str
) -> None:
    async with receiving() as receiver:
        id, _ = await add_webhook(flow, receiver.url, ["event.corrected"])
        first, second = await mail(flow, 1), await mail(flow, 2)
        await label(flow.db, [first, second], "pedido", "Ana Ruiz")
        role = "metabase_like"
        with psycopg.connect(database_url) as db:  # a role that may set labels and nothing else
            db.execute(f"CREATE ROLE {role}")
            db.execute(f"GRANT SELECT (id, true_label), UPDATE (true_label) ON events TO {role}")
            db.execute(f"SET ROLE {role}")
            db.execute("SET timezone TO 'America/Bogota'")
            db.execute("UPDATE events SET true_label = 'otro' WHERE id = %s", [first])
            db.execute("RESET ROLE")
            db.execute(f"DROP OWNED BY {role}")
            db.execute(f"DROP ROLE {role}")
        await make_teller(flow).tell(id)
        told = [hit.told["data"] for hit in receiver.hits]
    corrections = {(t["event"]["id"], t["correction"]["becomes"]): t["correction"] for t in told}
    assert corrections[first, "pedido"] == {
        "was": None, "becomes": "pedido", "predicted": "consulta", "by": "Ana Ruiz"
    }  # fmt: skip
    assert corrections[second, "pedido"]["by"] == "Ana Ruiz"
    assert corrections[first, "otro"]["was"] == "pedido"
    assert len(told) == 3
    assert {t["event"]["received_at"][-6:] for t in told} == {"+00:00"}


async def test_renaming_a_category_corrects_nothing(flow: Flow) -> None:
    id, _ = await add_webhook(flow, NOBODY, ["event.corrected"])
    await label(flow.db, [await mail(flow)], "pedido", "Ana Ruiz")
    await rename_category(flow.db, "pedido", "compra", "Ana Ruiz")
    await carry_on_renaming(flow.db)
    assert await sql(flow, "SELECT true_label FROM events") == [("compra",)]
    assert len(await log_of(flow, id)) == 1


async def test_an_answer_is_told_once_it_is_sent(flow: Flow) -> None:
    async with receiving() as receiver:
        id, _ = await add_webhook(flow, receiver.url, ["reply.sent"])
        event = await mail(flow, subject="Pedido")
        assert await log_of(flow, id) == []
        async with flow.db.transaction() as db:
            (queued,) = await outbox.claim(db, 7, 10)
            sent = Outcome(queued.id, "sent", "250 OK")
            await outbox.record(db, 7, [Tried(sent, queued.attempts, datetime.now(UTC))])
        await make_teller(flow).tell(id)
        data = receiver.hits[0].told["data"]
    assert data["event"]["id"] == event
    assert data["reply"]["to"] == "ana@example.org"
    assert data["reply"]["template"] == "pedido"
    assert data["reply"]["message_id"] == f"<{queued.reply.message_id}>"
    assert data["reply"]["sent_at"].endswith("+00:00")


async def test_a_model_put_to_work_and_an_alarm_are_told_once(flow: Flow) -> None:
    async with receiving() as receiver:
        id, _ = await add_webhook(flow, receiver.url, ["model.promoted", "alarm.raised"])
        for version in ("1", "2"):
            await sql(
                flow,
                "INSERT INTO models (version, asked_by, sha256, artifact, made_by, examples, why,"
                " unseen, report) VALUES (%s, 'x', '', '', '{}', 12, '', '{}', '{}')",
                version,
            )
            await sql(
                flow,
                "INSERT INTO promotions (version, by, why) VALUES (%s, 'Ana Ruiz', 'better')",
                version,
            )
        today = datetime.now(UTC).date()
        for _again in range(2):  # an alarm that rings already is no new one
            async with flow.db.transaction() as db:
                alarm = ("categories", today, 0.001, {"pedido": (0.3, 0.5)})
                await drift_alarms.put(db, today, [alarm])
        await make_teller(flow).tell(id)
        told = {(hit.told["type"], str(hit.told["data"])) for hit in receiver.hits}
    model = {"by": "Ana Ruiz", "why": "better", "examples": 12}
    alarm_told = {"what": "categories", "since": today.isoformat(), "moved": {"pedido": [0.3, 0.5]}}
    by_type = sorted(kind for kind, _ in told)
    assert by_type == ["alarm.raised", "model.promoted", "model.promoted"]
    datas = [hit.told["data"] for hit in receiver.hits]
    assert {"alarm": alarm_told} in datas
    assert {"model": model | {"version": "2", "previous": "1"}} in datas
    assert {"model": model | {"version": "1", "previous": None}} in datas


async def test_what_fails_is_tried_again_after_a_pause_under_the_same_id(flow: Flow) -> None:
    async with receiving(500, (503, {"Retry-After": "90"}, "busy"), 200) as receiver:
        id, secret = await add_webhook(flow, receiver.url)
        await mail(flow)
        teller = make_teller(flow)
        for attempts, pause in ((1, 10), (2, 90)):
            assert await teller.tell(id) == 1
            (delivery,) = await log_of(flow, id)
            assert (delivery.status, delivery.attempts) == ("queued", attempts)
            wait = (delivery.due_at - datetime.now(UTC)).total_seconds()
            assert pause - 5 < wait <= pause
            assert await teller.tell(id) == 0
            await sql(flow, "UPDATE webhook_deliveries SET due_at = now()")
        assert (delivery.http_status, delivery.response) == (503, "busy")
        assert await teller.tell(id) == 1
        (delivery,) = await log_of(flow, id)
        assert (delivery.status, delivery.attempts) == ("delivered", 3)
        assert len({hit.headers["webhook-id"] for hit in receiver.hits}) == 1
        assert all(hit.signed_with(secret) for hit in receiver.hits)


def test_the_pauses_grow_to_two_days_and_then_it_is_given_up() -> None:
    assert sorted(PAUSES) == PAUSES
    assert timedelta(hours=47) <= sum(PAUSES, timedelta()) <= timedelta(hours=48)
    answer, now = Answer(500, "", "", 3), datetime.now(UTC)
    for attempts in range(1, len(PAUSES) + 2):
        claimed = Claimed(1, None, "test", now, attempts, {}, None)  # type: ignore[arg-type]
        became = outcome(claimed, answer, now)
        if attempts <= len(PAUSES):
            assert (became.status, became.due_at - now) == ("queued", PAUSES[attempts - 1])
    assert became.status == "failed"


def test_a_receiver_that_asks_to_be_left_alone_is_left_for_an_hour_at_most() -> None:
    claimed = Claimed(1, None, "test", datetime.now(UTC), 1, {}, None)  # type: ignore[arg-type]
    now = datetime.now(UTC)
    became = outcome(claimed, Answer(429, "", "", 3, retry_after=10**9), now)
    assert (became.status, became.due_at - now) == ("queued", timedelta(hours=1))


async def test_a_receiver_that_hangs_is_left_after_a_few_seconds_and_delays_no_other(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "PATIENCE", 5.0)
    async with receiving(HANG) as hanging, receiving() as receiver:
        slow, _ = await add_webhook(flow, hanging.url)
        fast, _ = await add_webhook(flow, receiver.url, name="n8n")
        await handle_mails(flow, [raw_mail(message_id=f"<{i}@a.example>") for i in range(30)])
        teller = make_teller(flow)
        began = time.monotonic()
        tried, told = await asyncio.gather(teller.tell(slow), teller.tell(fast))
        assert time.monotonic() - began < 30
    assert (tried, told) == (telling.AT_ONCE, 30)  # one round, not thirty times the patience
    first = (await log_of(flow, slow))[0]
    assert (first.status, first.http_status) == ("queued", None)
    assert "no answer" in first.detail


async def test_while_a_receiver_hangs_one_job_waits_whatever_happens_meanwhile(flow: Flow) -> None:
    waiting = (
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'mail:tell' AND status = 'todo'"
    )
    slow, _ = await add_webhook(flow, NOBODY)
    await add_webhook(flow, NOBODY, name="n8n")
    await mail(flow, 1)
    await sql(
        flow, "UPDATE procrastinate_jobs SET status = 'doing' WHERE lock = %s", f"webhook {slow}"
    )
    for number in range(2, 6):
        await mail(flow, number)
    assert await sql(flow, waiting) == [(2,)]
    assert len(await log_of(flow, slow)) == 5


async def test_410_switches_it_off_and_what_waits_is_not_sent(flow: Flow) -> None:
    async with receiving(410) as receiver:
        id, _ = await add_webhook(flow, receiver.url)
        await handle_mails(flow, [raw_mail(message_id=f"<{i}@a.example>") for i in range(20)])
        await make_teller(flow).tell(id)
        assert len(receiver.hits) == telling.AT_ONCE
    async with flow.db.transaction() as db:
        webhook = await webhooks.get(db, id)
    assert (webhook.enabled, webhook.gone) == (False, True)
    assert {d.status for d in await log_of(flow, id)} == {"failed"}
    await mail(flow, 99)
    assert len(await log_of(flow, id)) == 20
    assert await sql(flow, "SELECT by FROM changes WHERE becomes ? 'disabled_at'") == [("webhook",)]


async def test_redirects_are_not_followed_and_little_of_an_answer_is_kept(flow: Flow) -> None:
    async with receiving() as elsewhere:
        answer = (302, {"Location": elsewhere.url}, "ñ" * 5000)
        async with receiving(answer) as receiver:
            id, _ = await add_webhook(flow, receiver.url)
            await mail(flow)
            await make_teller(flow).tell(id)
        assert elsewhere.hits == []
    (delivery,) = await log_of(flow, id)
    assert (delivery.status, delivery.http_status) == ("queued", 302)
    assert delivery.response == "ñ" * 300


async def test_what_a_worker_that_died_had_in_hand_is_sent_by_the_next(flow: Flow) -> None:
    async with receiving() as receiver:
        id, _ = await add_webhook(flow, receiver.url)
        await mail(flow)
        async with flow.db.transaction() as db:  # claimed, and then its process was killed
            (claimed,) = await webhook_deliveries.claim(db, id, 8, telling.LEASE)
        teller = make_teller(flow)
        assert await teller.tell(id) == 0
        await sql(flow, "UPDATE webhook_deliveries SET due_at = now()")  # a minute later
        await sql(flow, "DELETE FROM procrastinate_jobs")  # its job is lost with it
        for _again in range(2):
            await teller.wake()
        jobs = await sql(flow, "SELECT queue_name, task_name, lock, args FROM procrastinate_jobs")
        assert jobs == [("webhooks", "mail:tell", f"webhook {id}", {"webhook": id})]
        assert await teller.tell(id) == 1
        assert receiver.hits[0].headers["webhook-id"] == claimed.name


async def test_with_another_key_it_waits_and_says_so(flow: Flow) -> None:
    id, _ = await add_webhook(flow, NOBODY)
    await sql(flow, "UPDATE webhooks SET secret = 'nonsense'")
    await mail(flow)
    await make_teller(flow).tell(id)
    (delivery,) = await log_of(flow, id)
    assert delivery.status == "queued"
    assert "locked with another key" in delivery.detail


async def test_what_was_queued_after_it_was_switched_off_is_not_sent_when_it_is_on_again(
    flow: Flow, database_url: str
) -> None:
    id, _ = await add_webhook(flow, NOBODY, ["event.corrected"])
    event, hooks = await mail(flow), make_webhooks(flow)
    with psycopg.connect(database_url) as slow:  # begun before, and ended after
        slow.execute("UPDATE events SET true_label = 'otro' WHERE id = %s", [event])
        await hooks.change(id, "Ana Ruiz", on=False)
    assert [d.status for d in await log_of(flow, id)] == ["queued"]
    await sql(flow, "DELETE FROM procrastinate_jobs")
    await make_teller(flow).wake()
    assert await sql(flow, "SELECT id FROM procrastinate_jobs") == []
    assert await make_teller(flow).tell(id) == 0
    await hooks.change(id, "Ana Ruiz", on=True)
    (late,) = await log_of(flow, id)
    assert (late.status, late.detail) == ("failed", SWITCHED_OFF)
    await label(flow.db, [event], "pedido", "Ana Ruiz")
    await hooks.change(id, "Ana Ruiz", on=True)  # it is on: what waits goes on waiting
    assert [d.status for d in await log_of(flow, id)] == ["failed", "queued"]


async def test_of_two_who_switch_it_on_at_once_the_second_drops_nothing(
    flow: Flow, database_url: str
) -> None:
    id, _ = await add_webhook(flow, NOBODY, ["event.corrected"])
    event, hooks = await mail(flow), make_webhooks(flow)
    await hooks.change(id, "Ana Ruiz", on=False)
    with psycopg.connect(database_url) as first:
        first.execute("UPDATE webhooks SET disabled_at = NULL WHERE id = %s", [id])
        second = asyncio.create_task(hooks.change(id, "Eva Gil", on=True))
        async with asyncio.timeout(10):
            while not await sql(flow, "SELECT pid FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
        first.execute("UPDATE events SET true_label = 'otro' WHERE id = %s", [event])
    await second
    assert [d.status for d in await log_of(flow, id)] == ["queued"]


@pytest.mark.parametrize(
    ("status", "becomes"), [(500, ("failed", SWITCHED_OFF)), (204, ("delivered", ""))]
)
async def test_what_is_under_way_when_it_is_switched_off_is_not_tried_again(
    flow: Flow, status: int, becomes: tuple[str, str]
) -> None:
    id, _ = await add_webhook(flow, NOBODY)
    await mail(flow)
    async with flow.db.transaction() as db:
        (claimed,) = await webhook_deliveries.claim(db, id, 8, telling.LEASE)
    await make_webhooks(flow).change(id, "Ana Ruiz", on=False)
    answered = outcome(claimed, Answer(status, "", "", 3))
    async with flow.db.transaction() as db:
        await webhook_deliveries.record(db, [answered])
    (delivery,) = await log_of(flow, id)
    assert (delivery.status, delivery.detail) == becomes


async def test_an_erased_mail_is_told_to_nobody_any_more(flow: Flow) -> None:
    id, _ = await add_webhook(flow, NOBODY)
    event = await mail(flow)
    await sql(flow, "DELETE FROM events WHERE id = %s", event)
    assert await log_of(flow, id) == []


async def test_the_log_is_kept_for_thirty_days(flow: Flow) -> None:
    id, _ = await add_webhook(flow, NOBODY)
    for number in range(3):
        await mail(flow, number)
    first, second, third = await log_of(flow, id)
    old = (
        "UPDATE webhook_deliveries SET created_at = now() - interval '31 days', status = %s"
        " WHERE id = %s"
    )
    await sql(flow, old, "delivered", first.id)
    await sql(flow, old, "queued", second.id)
    await make_teller(flow).forget()
    assert [d.id for d in await log_of(flow, id)] == [second.id, third.id]
    await sql(flow, "UPDATE webhooks SET disabled_at = now()")  # as when it was queued too late
    await make_teller(flow).forget()
    assert [d.id for d in await log_of(flow, id)] == [third.id]


async def test_a_test_says_at_once_what_came_back(flow: Flow) -> None:
    async with receiving((200, {}, "ok")) as receiver:
        id, secret = await add_webhook(flow, receiver.url)
        delivery = await make_webhooks(flow).test(id)
        (hit,) = receiver.hits
        assert hit.signed_with(secret)
        assert hit.told["data"] == {"webhook": {"id": id, "name": "Slack"}}
    assert (delivery.kind, delivery.status, delivery.response) == ("test", "delivered", "ok")
    refused = await make_webhooks(flow).test(id)  # nobody listens there any more
    assert (refused.status, refused.detail) == ("failed", "nothing answers at this address")
    assert [d.status for d in await log_of(flow, id)] == ["delivered", "failed"]


async def test_sending_again_is_the_same_message(flow: Flow) -> None:
    async with receiving(500, 200) as receiver:
        id, _ = await add_webhook(flow, receiver.url)
        await mail(flow)
        teller, hooks = make_teller(flow), make_webhooks(flow)
        await teller.tell(id)
        await sql(flow, "UPDATE webhook_deliveries SET status = 'failed', attempts = 12")
        (failed,) = await log_of(flow, id)
        assert await teller.tell(id) == 0
        await sql(flow, "DELETE FROM procrastinate_jobs")
        await hooks.send_again(id, failed.id)
        assert await sql(flow, "SELECT lock FROM procrastinate_jobs") == [(f"webhook {id}",)]
        assert await teller.tell(id) == 1
        assert len({hit.headers["webhook-id"] for hit in receiver.hits}) == 1
    await hooks.change(id, "Ana Ruiz", on=False)
    with pytest.raises(Conflict):
        await hooks.send_again(id, failed.id)


async def test_the_secret_is_kept_locked_and_a_new_one_signs_from_then_on(flow: Flow) -> None:
    async with receiving() as receiver:
        id, first = await add_webhook(flow, receiver.url)
        async with flow.db.transaction() as db:
            kept = (await webhooks.get(db, id)).secret
        assert first not in kept
        assert SAFE.unlock(kept) == first
        second = await make_webhooks(flow).new_secret(id, "Ana Ruiz")
        await mail(flow)
        await make_teller(flow).tell(id)
        assert receiver.hits[0].signed_with(second)
        assert not receiver.hits[0].signed_with(first)
    rows = await sql(flow, "SELECT string_agg(changes::text, ' ') FROM changes")
    text = str(rows)
    assert "whsec_" not in text
    assert kept not in text
    assert "/hook" not in text  # of the address only the host is noted
    assert "127.0.0.1" in text

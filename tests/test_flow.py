"""What happens to a mail, over a real database."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from buzon.errors import DatabaseUnreachable
from buzon.flow import Flow, Handled, handle_mails
from buzon.mail.compose import own_message_id
from buzon.mail.parse import parse
from buzon.records import Event
from buzon.store import events, parked
from buzon.store.db import Connection, Database
from peers.deadly import FELL, all_but_deadly, deadly
from peers.flows import OWN, StubClassifier, make_flow, raw_mail


async def all_events(db: Database) -> list[Event]:
    async with db.transaction() as connection:
        return await events.after(connection, 0, 1000)


async def rules(db: Database) -> list[tuple[str, ...]]:
    return [tuple(sign.rule for sign in event.signs) for event in await all_events(db)]


async def test_a_mail_becomes_an_event_with_a_queued_reply(flow: Flow, db: Database) -> None:
    (handled,) = await handle_mails(flow, [raw_mail(subject="Nuevo pedido")])
    (event,) = await all_events(db)
    assert event.id == handled.event_id
    assert not handled.duplicate
    assert (event.category, event.needs_review, event.answered) == ("pedido", False, True)
    assert event.reply is not None
    assert event.reply.status == "queued"
    assert event.reply.recipient == "ana@example.org"
    async with db.transaction() as connection:
        jobs = await connection.execute("SELECT task_name FROM procrastinate_jobs")
        assert await jobs.fetchall() == [("mail:deliver",)]


async def test_the_raw_mail_is_kept_byte_for_byte(flow: Flow, db: Database) -> None:
    mail = raw_mail(body="áé\r\n\r\n.\r\nfin")
    (handled,) = await handle_mails(flow, [mail])
    async with db.transaction() as connection:
        assert await events.raw(connection, handled.event_id or 0) == mail.content


async def test_the_same_mail_ten_times_is_one_event_and_one_reply(flow: Flow, db: Database) -> None:
    first = await handle_mails(flow, [raw_mail()])
    again = await handle_mails(flow, [raw_mail(source=s) for s in ("imap", "http", "import")] * 3)
    assert {each.event_id for each in first + again} == {first[0].event_id}
    assert [each.duplicate for each in again] == [True] * 9
    assert len(await all_events(db)) == 1


async def test_the_same_mail_twice_in_one_batch_is_one_event(flow: Flow, db: Database) -> None:
    one, two = await handle_mails(flow, [raw_mail(), raw_mail()])
    assert (one.duplicate, two.duplicate) == (False, True)
    assert len(await all_events(db)) == 1


async def test_the_same_mail_handled_at_once_by_many_is_one_event(flow: Flow, db: Database) -> None:
    handled = await asyncio.gather(*(handle_mails(flow, [raw_mail()]) for _ in range(20)))
    assert sum(not each.duplicate for (each,) in handled) == 1
    assert len(await all_events(db)) == 1


async def test_another_mail_with_the_same_message_id_is_kept_apart(
    flow: Flow, db: Database
) -> None:
    other = raw_mail(sender="otro@example.net", body="Texto de otra persona.")
    results = await handle_mails(flow, [raw_mail(), other, other])
    assert [each.duplicate for each in results] == [False, False, True]
    assert len(await all_events(db)) == 2


async def test_the_same_mail_in_two_mailboxes_is_two_events_and_one_reply(
    flow: Flow, db: Database
) -> None:
    await handle_mails(flow, [raw_mail(), raw_mail(mailbox="ventas@example.com")])
    assert await rules(db) == [(), ("conversation", "same-subject")]


async def test_a_conversation_is_answered_once(flow: Flow, db: Database) -> None:
    await handle_mails(flow, [raw_mail()])
    answer = raw_mail(
        subject="Otra cosa", message_id="<dos@x.org>", headers="In-Reply-To: <uno@example.org>"
    )
    later = raw_mail(subject="Y otra", message_id="<tres@x.org>", headers="References: <dos@x.org>")
    await handle_mails(flow, [answer, later])
    assert await rules(db) == [(), ("conversation",), ("conversation",)]
    assert len({event.thread_id for event in await all_events(db)}) == 1


async def test_each_of_those_who_answer_a_mail_we_do_not_know_is_answered_once(
    flow: Flow, db: Database
) -> None:
    newsletter = "In-Reply-To: <newsletter@example.com>"
    for n, name in enumerate(("ana", "luis", "ANA")):
        mail = raw_mail(
            sender=f"{name}@example.org",
            subject=f"Asunto {n}",
            message_id=f"<{n}@x.org>",
            headers=newsletter,
        )
        await handle_mails(flow, [mail])
    assert await rules(db) == [(), (), ("conversation",)]


async def test_somebody_else_s_answer_to_a_mail_we_know_is_of_its_conversation(
    flow: Flow, db: Database
) -> None:
    await handle_mails(flow, [raw_mail(headers="In-Reply-To: <newsletter@example.com>")])
    answer = raw_mail(
        sender="jefe@example.org",
        message_id="<dos@x.org>",
        headers="In-Reply-To: <uno@example.org>",
    )
    await handle_mails(flow, [answer])
    assert await rules(db) == [(), ("conversation",)]


@pytest.mark.parametrize("mailbox", [OWN, "ventas@example.com"])
async def test_mails_that_share_a_message_id_by_mistake_are_each_answered(
    flow: Flow, db: Database, mailbox: str
) -> None:
    await handle_mails(flow, [raw_mail(message_id="<form@example.com>")])
    other = raw_mail(
        sender="luis@example.net", body="Otra cosa.", message_id="<form@example.com>",
        mailbox=mailbox,
    )  # fmt: skip
    await handle_mails(flow, [other])
    assert await rules(db) == [(), ()]


async def test_an_answer_to_our_own_reply_is_not_answered(flow: Flow, db: Database) -> None:
    original = raw_mail()
    reply_id = own_message_id(parse(original), flow.policy.default_identity)
    mail = raw_mail(message_id="<a@x.org>", headers=f"In-Reply-To: <{reply_id}>")
    await handle_mails(flow, [mail])
    assert await rules(db) == [("conversation",)]


async def test_our_own_reply_that_comes_back_is_not_answered(flow: Flow, db: Database) -> None:
    reply_id = own_message_id(parse(raw_mail()), flow.policy.default_identity)
    await handle_mails(flow, [raw_mail(message_id=f"<{reply_id}>")])
    assert "own-reply" in (await rules(db))[0]


async def test_one_address_gets_two_answers_an_hour(flow: Flow, db: Database) -> None:
    mails = [raw_mail(subject=f"Asunto {n}", message_id=f"<{n}@x.org>") for n in range(4)]
    await handle_mails(flow, mails[:1])
    await handle_mails(flow, mails[1:])
    assert await rules(db) == [(), (), ("sender-hour",), ("sender-hour",)]


async def test_the_caps_hold_for_an_address_however_it_is_written(flow: Flow, db: Database) -> None:
    for n, sender in enumerate(("Ana@Example.org", "ana@example.org", "ANA@example.ORG")):
        mail = raw_mail(sender=sender, subject=f"Asunto {n}", message_id=f"<{n}@x.org>")
        await handle_mails(flow, [mail])
    await handle_mails(
        flow, [raw_mail(sender="Ana@Example.org", subject="Asunto 0", message_id="<9@x.org>")]
    )
    assert await rules(db) == [(), (), ("sender-hour",), ("sender-hour", "same-subject")]


async def test_one_address_gets_five_answers_a_day(flow: Flow, db: Database) -> None:
    for n in range(7):
        await handle_mails(flow, [raw_mail(subject=f"Asunto {n}", message_id=f"<{n}@x.org>")])
        async with db.transaction() as connection:
            await connection.execute("UPDATE outbox SET created_at = now() - interval '2 hours'")
    assert await rules(db) == [()] * 5 + [("sender-day",)] * 2


async def test_the_same_subject_is_answered_once_a_day(flow: Flow, db: Database) -> None:
    await handle_mails(flow, [raw_mail(subject="Mi pedido")])
    await handle_mails(flow, [raw_mail(subject="RE: mi PEDIDO", message_id="<dos@x.org>")])
    assert await rules(db) == [(), ("same-subject",)]


async def test_caps_hold_when_the_mails_are_handled_at_once(flow: Flow, db: Database) -> None:
    mails = [raw_mail(subject=f"Asunto {n}", message_id=f"<{n}@x.org>") for n in range(12)]
    await asyncio.gather(*(handle_mails(flow, [mail]) for mail in mails))
    assert sum(event.answered for event in await all_events(db)) == 2


@pytest.mark.parametrize(
    ("mail", "rule"),
    [
        (raw_mail(subject="otro: oferta"), "otro"),
        (raw_mail(source="import"), "imported"),
        (raw_mail(arrived_at=datetime.now(UTC) - timedelta(hours=25)), "old"),
    ],
)
async def test_what_is_no_fresh_request_is_not_answered(
    flow: Flow, db: Database, mail: object, rule: str
) -> None:
    await handle_mails(flow, [mail])  # type: ignore[list-item]
    assert await rules(db) == [(rule,)]
    assert (await all_events(db))[0].reply is None


async def test_an_unsure_mail_goes_to_a_person_and_gets_the_neutral_answer(
    flow: Flow, db: Database
) -> None:
    await handle_mails(flow, [raw_mail(subject="pedido dudoso")])
    await handle_mails(
        flow, [raw_mail(subject="pedido", sender="b@x.org", message_id="<dos@x.org>")]
    )
    unsure, sure = await all_events(db)
    assert (unsure.needs_review, sure.needs_review) == (True, False)
    assert unsure.reply is not None
    assert sure.reply is not None
    assert unsure.reply.text.split()[:3] != sure.reply.text.split() != []
    assert "pedido" in sure.reply.text.lower()
    assert (unsure.reply.template, sure.reply.template) == ("neutral", "pedido")


async def test_above_the_global_cap_answers_are_held(
    db: Database, classifier: StubClassifier
) -> None:
    flow = await make_flow(db, classifier, replies_per_hour=2)
    mails = [raw_mail(sender=f"c{n}@x.org", message_id=f"<{n}@x.org>") for n in range(4)]
    await handle_mails(flow, mails[:3])
    await handle_mails(flow, mails[3:])
    found = [event.reply.status for event in await all_events(db) if event.reply]
    assert found == ["queued", "queued", "held", "held"]


async def test_that_answers_are_held_is_told_when_it_begins(
    db: Database, classifier: StubClassifier
) -> None:
    flow = await make_flow(db, classifier, replies_per_hour=1)
    with capture_logs() as told:
        for n in range(5):
            mail = raw_mail(sender=f"c{n}@x.org", message_id=f"<{n}@x.org>")
            await handle_mails(flow, [mail])
    (line,) = (line for line in told if line["event"] != "mail stored")
    assert (line["log_level"], "held back" in line["event"]) == ("warning", True)


async def test_until_sending_is_configured_replies_are_kept(
    db: Database, classifier: StubClassifier
) -> None:
    flow = await make_flow(db, classifier, sends=False)
    await handle_mails(flow, [raw_mail()])
    (event,) = await all_events(db)
    assert event.reply is not None
    assert event.reply.status == "kept"
    async with db.transaction() as connection:
        jobs = await connection.execute("SELECT count(*) FROM procrastinate_jobs")
        assert await jobs.fetchone() == (0,)


async def test_the_sandbox_s_replies_are_kept_even_where_sending_is_configured(
    flow: Flow, db: Database
) -> None:
    await handle_mails(flow, [raw_mail(source="smtp")])
    (event,) = await all_events(db)
    assert event.reply is not None
    assert event.reply.status == "kept"


async def test_a_mail_that_the_database_refuses_is_parked_and_the_next_one_stored(
    flow: Flow, db: Database
) -> None:
    async with db.transaction() as connection:
        await connection.execute(
            "ALTER TABLE events ADD CONSTRAINT trial CHECK (subject <> 'veneno')"
        )
    mails = [
        raw_mail(message_id="<a@x.org>"),
        raw_mail(message_id="<b@x.org>", subject="veneno", sender="b@x.org"),
        raw_mail(message_id="<c@x.org>", sender="c@x.org"),
    ]
    moved = []

    async def also(*_: object) -> None:
        moved.append(1)

    handled = await handle_mails(flow, mails, also)
    assert [each.event_id is None for each in handled] == [False, True, False]
    assert moved
    async with db.transaction() as connection:
        assert await parked.count(connection) == 1


async def test_a_mail_that_cant_be_understood_is_parked_and_the_others_are_stored(
    flow: Flow, db: Database
) -> None:
    handled, fell = [], deadly("SIGKILL", message_id="<dos@x.org>")

    async def also(_db: Connection, became: Sequence[Handled]) -> None:
        handled.extend(became)

    mails = [raw_mail(), fell, raw_mail(message_id="<tres@x.org>", sender="luis@x.org")]
    assert await handle_mails(replace(flow, understand_all=all_but_deadly), mails, also) == handled
    assert [each.event_id is None for each in handled] == [False, True, False]
    found = {event.id: event.answered for event in await all_events(db)}
    assert found == {handled[0].event_id: True, handled[2].event_id: True}
    async with db.transaction() as connection:
        (about,) = await parked.newest(connection, 5)
        assert await parked.get(connection, about.id) == (about, fell.content)
    assert about.reason == FELL


async def test_nothing_is_stored_when_what_must_also_become_true_fails(
    flow: Flow, db: Database
) -> None:
    async def also(*_: object) -> None:
        raise DatabaseUnreachable("gone")

    with pytest.raises(DatabaseUnreachable):
        await handle_mails(flow, [raw_mail()], also)
    assert await all_events(db) == []


async def test_a_mail_without_message_id_is_known_by_its_content(flow: Flow, db: Database) -> None:
    one, two, other = await handle_mails(
        flow,
        [
            raw_mail(message_id=None),
            raw_mail(message_id=None),
            raw_mail(message_id=None, body="Otro texto."),
        ],
    )
    assert one.event_id == two.event_id != other.event_id
    assert (await all_events(db))[0].recipients == (OWN,)

"""One's own answers and quiet hours, from the page's wish to the customer's mail."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from buzon.classifier.registry import Registry
from buzon.errors import Conflict, Invalid, NotFound, SendError, TextRefused, TooManyAttempts
from buzon.flow import (
    AtWork,
    Courier,
    Flow,
    Follower,
    add_category,
    answers,
    handle_mails,
    rename_category,
    set_quiet,
    switch,
)
from buzon.flow.answering import in_force
from buzon.mail.quiet import MIDNIGHT, WHOLE_DAY, Hours, Quiet
from buzon.mail.smtp import Outgoing, Server
from buzon.records import Event, Template
from buzon.store import events, users
from buzon.store.db import Database
from buzon.store.users import User
from peers.flows import OWN, StubClassifier, make_flow, make_policy, raw_mail
from peers.smtp_server import SmtpServer

TEXT = "{{ greeting }}\n\nSu pedido es el {{ reference }}."
TEMPLATE = Template("pedido", "es", "", TEXT)
SECONDS = 2.0  # within which every process knows of it


async def follow(flow: Flow) -> None:
    """As the follower does when it hears that something changed."""
    async with flow.db.transaction() as db:
        flow.at_work.change(answering=await in_force(db))


async def event_of(flow: Flow, **mail: str) -> Event:
    (handled,) = await handle_mails(flow, [raw_mail(**mail)])  # type: ignore[arg-type]
    async with flow.db.transaction() as db:
        event = await events.get(db, handled.event_id or 0)
    assert event is not None
    return event


async def quiet_now(flow: Flow) -> None:
    """Quiet for the next hours, at least until midnight."""
    zone = flow.policy.default_identity.timezone
    today = datetime.now(zone).date()
    days = frozenset({today, today + timedelta(days=1)})
    await set_quiet(flow, Quiet({}, days), "Ana")
    await follow(flow)


@pytest.fixture
async def ana(db: Database) -> User:
    async with db.transaction() as connection:
        return await users.add(connection, "ana@example.net", "Ana", "administrator")


@pytest.fixture
async def other_process(flow: Flow, tmp_path: Path) -> AsyncIterator[AtWork]:
    at_work = AtWork(StubClassifier(), 0.75)
    following = Follower(flow.db, at_work, Registry(tmp_path / "other"), careful=0.75)
    running = asyncio.create_task(following.run())
    await asyncio.sleep(0)
    yield at_work
    running.cancel()


async def test_a_saved_template_answers_the_next_mail_and_is_noted_with_its_version(
    flow: Flow,
) -> None:
    assert await answers.save(flow, TEMPLATE, 0, "Ana") == 1
    await follow(flow)
    event = await event_of(flow, subject="Pedido")
    assert event.reply is not None
    assert event.reply.text == f"Hola, Ana López:\n\nSu pedido es el B-{event.id:06d}.\n"
    assert (event.reply.template, event.reply.template_version) == ("pedido", 1)
    other = await event_of(flow, subject="Incidencia", sender="b@x.org", message_id="<2@x.org>")
    assert other.reply is not None
    assert (other.reply.template, other.reply.template_version) == ("incidencia", None)


async def test_another_process_has_a_saved_template_a_switch_and_quiet_hours_within_seconds(
    flow: Flow, other_process: AtWork
) -> None:
    async with asyncio.timeout(SECONDS):
        await answers.save(flow, TEMPLATE, 0, "Ana")
        while not other_process.rules.answering.templates.own:
            await asyncio.sleep(0.02)
    async with asyncio.timeout(SECONDS):
        await switch(flow.db, "consulta", False, "Ana")
        while other_process.rules.answering.switched_off != {"consulta"}:
            await asyncio.sleep(0.02)
    async with asyncio.timeout(SECONDS):
        quiet = Quiet({0: Hours(time(20), time(8))})
        await set_quiet(flow, quiet, "Ana")
        while other_process.rules.answering.quiet != quiet:
            await asyncio.sleep(0.02)


async def test_what_is_the_same_makes_no_version(flow: Flow) -> None:
    await answers.save(flow, TEMPLATE, 0, "Ana")
    same = Template("pedido", "es", " ", TEXT.replace("\n", "\r\n") + "\r\n")
    assert await answers.save(flow, same, 1, "Eva") == 1


async def test_two_who_save_at_once_do_not_overwrite_each_other_unseen(flow: Flow) -> None:
    others = Template("pedido", "es", "", "Otra cosa")
    await answers.save(flow, TEMPLATE, 0, "Ana")
    with pytest.raises(Conflict):
        await answers.save(flow, others, 0, "Eva")
    assert await answers.save(flow, others, 1, "Eva") == 2


async def test_a_text_that_would_be_empty_for_some_mails_is_refused(flow: Flow) -> None:
    text = "{% if name %}Hola, {{ name }}{% endif %}"
    with pytest.raises(TextRefused, match="For some mails the text would be empty"):
        await answers.save(flow, Template("pedido", "es", "", text), 0, "Ana")


@pytest.mark.parametrize(
    ("category", "language"), [("otro", "es"), ("quejas", "es"), ("pedido", "ja"), ("../x", "es")]
)
async def test_an_answer_that_there_can_t_be_is_not_kept(
    flow: Flow, category: str, language: str
) -> None:
    with pytest.raises(NotFound):
        await answers.save(flow, Template(category, language, "", "Hola"), 0, "Ana")
    with pytest.raises(NotFound):
        await answers.bring_back(flow.db, category, language, 0, 0, "Ana")


async def test_a_category_of_one_s_own_is_offered_the_neutral_text_and_can_have_its_own(
    flow: Flow,
) -> None:
    await add_category(flow.db, "factura", {"es": "Factura"})
    at_first = flow.at_work.rules.answering.templates.of("factura", "es")
    assert at_first.category == "neutral"
    await answers.save(flow, Template("factura", "es", "", "Sobre su factura"), 0, "Ana")
    await follow(flow)
    assert flow.at_work.rules.answering.templates.of("factura", "es").text == "Sobre su factura"


async def test_the_built_in_text_is_back_and_then_the_old_one(flow: Flow) -> None:
    await answers.save(flow, TEMPLATE, 0, "Ana")
    await answers.bring_back(flow.db, "pedido", "es", 0, 1, "Ana")
    await follow(flow)
    assert flow.at_work.rules.answering.templates.of("pedido", "es").version is None
    await answers.bring_back(flow.db, "pedido", "es", 1, 2, "Ana")
    await follow(flow)
    found = flow.at_work.rules.answering.templates.of("pedido", "es")
    assert (found.text, found.version) == (TEXT, 3)


async def test_who_changes_answers_is_known_to_the_database_while_it_changes(
    flow: Flow, db: Database
) -> None:
    async with db.transaction() as connection:
        await connection.execute("CREATE TABLE seen (what text, who text)")
        await connection.execute(
            "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen"
            " VALUES (TG_TABLE_NAME, current_setting('buzon.who', true)); RETURN NULL; END $$"
        )
        for table in ("answer_templates", "quiet_times", "categories"):
            await connection.execute(
                f"CREATE TRIGGER see AFTER INSERT OR UPDATE ON {table} FOR EACH ROW"
                " EXECUTE FUNCTION see()"
            )
    await answers.save(flow, TEMPLATE, 0, "Ana")
    await answers.bring_back(flow.db, "pedido", "es", 0, 1, "Eva")
    await switch(flow.db, "consulta", False, "Luis")
    await set_quiet(flow, Quiet({0: WHOLE_DAY}), "Marta")
    async with db.transaction() as connection:
        rows = await (await connection.execute("SELECT * FROM seen")).fetchall()
    assert rows == [
        ("answer_templates", "Ana"), ("answer_templates", "Eva"), ("categories", "Luis"),
        ("quiet_times", "Marta"),
    ]  # fmt: skip


async def test_a_preview_is_what_the_mail_would_really_get(flow: Flow) -> None:
    event = await event_of(flow, subject="RE: Pedido 7")
    at_work = flow.at_work.rules.answering.templates.of("pedido", "es")
    shown = answers.preview(flow.policy, at_work, event)
    assert event.reply is not None
    assert (shown.recipient, shown.subject, shown.text, shown.html) == (
        event.reply.recipient, event.reply.subject, event.reply.text, event.reply.html,
    )  # fmt: skip


def test_without_a_mail_the_preview_is_on_an_invented_one() -> None:
    shown = answers.preview(make_policy(), TEMPLATE, None)
    assert shown.text.startswith("Hola, Ana García:")


async def test_a_category_that_is_switched_off_is_not_answered_until_it_is_on_again(
    flow: Flow,
) -> None:
    await switch(flow.db, "consulta", False, "Ana")
    await follow(flow)
    silent = await event_of(flow)
    assert (silent.answered, silent.signs[0].rule) == (False, "category-off")
    await switch(flow.db, "consulta", True, "Ana")
    await follow(flow)
    assert (await event_of(flow, message_id="<2@x.org>")).answered


async def test_the_category_that_is_never_answered_can_t_be_switched_on(flow: Flow) -> None:
    with pytest.raises(Invalid, match="never answered"):
        await switch(flow.db, "otro", True, "Ana")
    with pytest.raises(NotFound):
        await switch(flow.db, "quejas", True, "Ana")


async def test_a_renamed_category_keeps_its_text_and_its_silence(flow: Flow) -> None:
    await answers.save(flow, Template("consulta", "es", "", "Sobre su consulta"), 0, "Ana")
    await switch(flow.db, "consulta", False, "Ana")
    await rename_category(flow.db, "consulta", "pregunta", "Ana")
    await follow(flow)
    answering = flow.at_work.rules.answering
    assert answering.templates.of("pregunta", "es").text == "Sobre su consulta"
    assert "pregunta" in answering.switched_off


async def test_in_quiet_hours_an_answer_waits_until_they_end(flow: Flow) -> None:
    await quiet_now(flow)
    event = await event_of(flow)
    assert event.reply is not None
    assert event.reply.status == "queued"
    assert event.reply.quiet_until == flow.quiet_until()
    async with flow.db.transaction() as db:
        rows = await db.execute(
            "SELECT due_at = quiet_until, released_at = quiet_until FROM outbox"
        )
        assert await rows.fetchall() == [(True, True)]


async def test_what_is_kept_or_handed_out_does_not_wait(
    db: Database, classifier: StubClassifier
) -> None:
    for n, policy in enumerate(({"sends": False}, {"hands_out": True})):
        flow = await make_flow(db, classifier, **policy)
        await quiet_now(flow)
        event = await event_of(flow, message_id=f"<{n}@x.org>", sender=f"c{n}@x.org")
        assert event.reply is not None
        assert event.reply.quiet_until is None


async def test_what_the_cap_held_back_is_let_go_when_the_quiet_hours_end(
    db: Database, classifier: StubClassifier
) -> None:
    held = await make_flow(db, classifier, replies_per_hour=0)
    await event_of(held)
    flow = await make_flow(db, classifier)
    await quiet_now(flow)
    courier = Courier(flow, Outgoing(Server(host="127.0.0.1", port=1)))
    await courier.tend()
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT status, due_at, quiet_until FROM outbox")
        assert await rows.fetchall() == [("queued", flow.quiet_until(), flow.quiet_until())]


async def test_what_waits_in_quiet_hours_counts_for_the_global_cap(
    db: Database, classifier: StubClassifier
) -> None:
    flow = await make_flow(db, classifier, replies_per_hour=1)
    await quiet_now(flow)
    first = await event_of(flow)
    second = await event_of(flow, sender="b@x.org", message_id="<2@x.org>")
    assert [e.reply.status for e in (first, second) if e.reply] == ["queued", "held"]


async def test_when_the_quiet_hours_are_taken_back_what_waits_is_due(flow: Flow) -> None:
    await quiet_now(flow)
    await event_of(flow)
    await set_quiet(flow, Quiet(), "Ana")
    async with flow.db.transaction() as db:
        rows = await db.execute("SELECT due_at <= now() FROM outbox")
        assert await rows.fetchall() == [(True,)]


async def test_quiet_times_of_more_than_four_days_are_refused(flow: Flow) -> None:
    with pytest.raises(Invalid, match="more than four days"):
        await set_quiet(flow, Quiet(dict.fromkeys(range(7), WHOLE_DAY)), "Ana")
    weekend = dict.fromkeys(range(5), Hours(time(18), time(9))) | {5: WHOLE_DAY, 6: WHOLE_DAY}
    await set_quiet(flow, Quiet(weekend), "Ana")


async def test_days_that_are_over_are_left_out(flow: Flow) -> None:
    today = datetime.now(UTC).date()
    old, new = today - timedelta(days=30), today + timedelta(days=30)
    await set_quiet(flow, Quiet({}, frozenset({old, new})), "Ana")
    await follow(flow)
    assert flow.at_work.rules.answering.quiet.days == {new}
    assert WHOLE_DAY.begins == MIDNIGHT


async def test_a_test_goes_to_oneself_alone_and_is_marked_as_one(flow: Flow, ana: User) -> None:
    event = await event_of(flow, subject="Pedido 7")
    with SmtpServer() as smtp:
        sender = Outgoing(Server(host=smtp.host, port=smtp.port, security="none"))
        await answers.send_test(flow, sender, TEMPLATE, event, ana)
        await sender.close()
    (mail,) = smtp.received
    assert mail.recipient == "ana@example.net"
    assert mail.header("To") == "ana@example.net"
    assert mail.header("Subject") == "[Prueba] Re: Pedido 7"
    assert mail.header("Auto-Submitted") == "auto-replied"
    assert mail.header("In-Reply-To") == mail.header("References") == ""
    assert mail.header("Message-ID").strip("<>") != (event.reply and event.reply.message_id)
    assert OWN in mail.header("From")
    async with flow.db.transaction() as db:
        rows = await db.execute("SELECT count(*) FROM outbox")
        assert await rows.fetchone() == (1,)  # the customer's own answer


async def test_the_eleventh_test_within_an_hour_is_not_sent(flow: Flow, ana: User) -> None:
    with SmtpServer() as smtp:
        sender = Outgoing(Server(host=smtp.host, port=smtp.port, security="none"))
        for _ in range(10):
            await answers.send_test(flow, sender, TEMPLATE, None, ana)
        with pytest.raises(TooManyAttempts):
            await answers.send_test(flow, sender, TEMPLATE, None, ana)
        await sender.close()
    assert len(smtp.received) == 10


async def test_a_server_that_refuses_a_test_is_quoted(flow: Flow, ana: User) -> None:
    with SmtpServer() as smtp:
        smtp.behave("RCPT", "550 5.1.1 nobody here")
        sender = Outgoing(Server(host=smtp.host, port=smtp.port, security="none"))
        with pytest.raises(SendError, match=r"550 5\.1\.1 nobody here"):
            await answers.send_test(flow, sender, TEMPLATE, None, ana)
        await sender.close()


async def test_a_text_that_is_unfit_is_not_sent_either(flow: Flow, ana: User) -> None:
    sender = Outgoing(Server(host="127.0.0.1", port=1))
    with pytest.raises(TextRefused):
        await answers.send_test(flow, sender, Template("pedido", "es", "", "{{ x }}"), None, ana)

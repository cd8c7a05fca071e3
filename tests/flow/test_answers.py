"""One's own answers, from the page's wish to the customer's mail."""

import asyncio
from collections.abc import AsyncIterator
from datetime import time
from pathlib import Path

import pytest

from buzon.classifier.registry import Registry
from buzon.errors import Conflict, NotFound, SendError, TextRefused, TooManyAttempts
from buzon.flow import (
    AtWork,
    Flow,
    Follower,
    add_category,
    answers,
    set_quiet,
    switch,
)
from buzon.mail.quiet import WHOLE_DAY, Hours, Quiet
from buzon.mail.smtp import Outgoing, Server
from buzon.records import Template
from buzon.store import users
from buzon.store.db import Database
from buzon.store.users import User
from flow.conftest import event_of, follow
from peers.flows import OWN, StubClassifier, make_policy
from peers.smtp_server import SmtpServer

TEXT = "{{ greeting }}\n\nSu pedido es el {{ reference }}."
TEMPLATE = Template("pedido", "es", "", TEXT)
SECONDS = 2.0  # within which every process knows of it


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
    await add_category(flow.db, "factura", {"es": "Factura"}, who="Ana")
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

"""The answers' pages over the database: previews, tests to oneself, and where nothing is sent."""

from collections.abc import Iterator

import pytest

from buzon.cli.desk import StoreDesk
from buzon.config import Settings
from buzon.errors import NotFound, SendError, TextRefused
from buzon.flow import Flow, handle_mails
from buzon.records import Template
from buzon.store import users
from buzon.store.users import User
from peers.desks import make_desk
from peers.flows import raw_mail
from peers.smtp_server import SmtpServer

TEMPLATE = Template("pedido", "es", "", "Su pedido es el {{ reference }}.")


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
async def ana(flow: Flow) -> User:
    async with flow.db.transaction() as db:
        return await users.add(db, "ana@example.net", "Ana", "administrator")


def desk_of(flow: Flow, **settings: object) -> StoreDesk:
    return make_desk(flow, Settings(_env_file=None, **settings))  # type: ignore[call-arg, arg-type]


async def order(flow: Flow) -> int:
    body = "Buenos días, quiero pedir veinte cajas."
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido", body=body)])
    return handled.event_id or 0


async def test_an_answer_comes_with_its_versions_and_mails_to_try_it_on(flow: Flow) -> None:
    desk, id = desk_of(flow), await order(flow)
    await desk.save_answer(TEMPLATE, 0, "Ana")
    answer = await desk.answer("pedido", "es")
    assert (answer.at_work.version, answer.fitting) == (1, True)
    assert [event.id for event in answer.mails] == [id]
    other = await desk.answer("consulta", "fr")
    assert (other.at_work.version, other.versions, other.fitting) == (None, [], False)
    assert [event.id for event in other.mails] == [id]
    with pytest.raises(NotFound):
        await desk.answer("otro", "es")


async def test_a_preview_is_on_the_mail_that_was_chosen(flow: Flow) -> None:
    desk, id = desk_of(flow), await order(flow)
    assert (await desk.preview(TEMPLATE, id)).text == f"Su pedido es el B-{id:06d}.\n"
    assert (await desk.preview(TEMPLATE, 10**9)).text == "Su pedido es el B-000001.\n"


async def test_a_test_goes_through_the_smtp_server_that_is_set(
    flow: Flow, ana: User, smtp: SmtpServer
) -> None:
    settings = {"smtp_host": smtp.host, "smtp_port": smtp.port, "smtp_security": "none"}
    assert await desk_of(flow, **settings).test_answer(TEMPLATE, await order(flow), ana)
    assert [mail.recipient for mail in smtp.received] == ["ana@example.net"]


@pytest.mark.parametrize("settings", [{}, {"smtp_host": "127.0.0.1", "mail": "external"}])
async def test_where_nothing_is_sent_it_is_only_put_together(
    flow: Flow, ana: User, settings: dict[str, str]
) -> None:
    desk = desk_of(flow, **settings)
    assert not await desk.test_answer(TEMPLATE, None, ana)
    with pytest.raises(TextRefused):
        await desk.test_answer(Template("pedido", "es", "", "{{ x }}"), None, ana)


async def test_a_server_that_is_away_is_told(flow: Flow, ana: User) -> None:
    settings = {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_security": "none"}
    with pytest.raises(SendError, match="can't be reached"):
        await desk_of(flow, **settings).test_answer(TEMPLATE, None, ana)


async def test_the_overview_is_what_the_database_says(flow: Flow) -> None:
    desk = desk_of(flow, language="de")
    await desk.save_answer(TEMPLATE, 0, "Ana")
    await desk.switch_answers("consulta", False, "Ana")
    found = await desk.answers()
    assert found.templates.of("pedido", "es").version == 1
    assert (found.language, found.quiet_until, found.waiting, found.held_by) == ("de", None, 0, {})
    assert {c.name for c in await desk.categories() if not c.answered} == {"consulta", "otro"}

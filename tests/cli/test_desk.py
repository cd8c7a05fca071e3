"""The pages over the database, with a model that was really trained."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from buzon.classifier.corpus import starter
from buzon.classifier.model import Classifier
from buzon.classifier.teach import Order, Taught, teach
from buzon.cli.desk import StoreDesk
from buzon.config import Settings
from buzon.errors import Conflict
from buzon.flow import Flow, handle_mails, people, training
from buzon.store import models
from buzon.web import create_web
from peers.desks import make_desk
from peers.flows import raw_mail

PASSWORD = "siete cajas azules"
ANA = {"email": "ana@example.com", "name": "Ana", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture(scope="module")
def taught() -> Taught:
    """Learnt from 120 texts as if they were the company's own mails."""
    own = [replace(sample, key=str(n)) for n, sample in enumerate(starter()[:120])]
    return teach(Order(own=own, with_starter=False), lambda share, step: None)


@pytest.fixture
def desk(flow: Flow) -> StoreDesk:
    return make_desk(flow, Settings(_env_file=None))


@pytest.fixture
async def client(desk: StoreDesk, flow: Flow) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_web(desk))
    async with httpx.AsyncClient(transport=transport, base_url="http://buzon.example") as client:
        async with flow.db.transaction() as db:
            link = await people.first_link(db)
        await client.post(f"/sign-in/{link}", data=ANA)
        yield client


async def put_to_work(flow: Flow, taught: Taught) -> str:
    async with flow.db.transaction() as db:
        await training.keep(db, taught, [], parent=None, by="ana")
        await models.promote(db, taught.artifact.version, by="ana", why=taught.why)
    return taught.artifact.version


async def test_before_the_first_model_the_page_says_so(client: httpx.AsyncClient) -> None:
    assert "There is no model yet" in (await client.get("/model")).text


async def test_a_trained_version_has_its_pages(
    client: httpx.AsyncClient, flow: Flow, taught: Taught
) -> None:
    version = await put_to_work(flow, taught)
    overview = await client.get("/model")
    assert version in overview.text
    assert "120 mails that you labelled" in overview.text
    report = await client.get(f"/model/{version}")
    assert report.status_code == 200
    assert report.text.count('class="chart"') == 2
    assert "At work" in report.text


async def test_a_label_set_on_a_page_is_signed_and_can_be_taken_back(
    client: httpx.AsyncClient, desk: StoreDesk, flow: Flow
) -> None:
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido")])
    id = handled.event_id or 0
    await client.post(f"/mails/{id}/label?category=consulta")
    await client.post(f"/mails/{id}/label")
    called = (await desk.past(id)).called
    assert [(c.by, c.was, c.becomes) for c in called] == [
        ("Ana", None, "consulta"),
        ("Ana", "consulta", None),
    ]
    assert (await client.get(f"/mails/{id}")).text.count("was taken back") == 1


async def test_a_training_is_asked_for_once(desk: StoreDesk) -> None:
    await desk.train("page")
    found = await desk.training()
    assert found is not None
    assert (found.asked_by, found.state) == ("page", "waiting")
    with pytest.raises(Conflict):
        await desk.train("page")


async def test_a_version_is_brought_back_under_the_name_of_who_did(
    client: httpx.AsyncClient, desk: StoreDesk, flow: Flow, taught: Taught
) -> None:
    version = await put_to_work(flow, taught)
    answer = await client.post(f"/model/{version}/promote")
    assert answer.headers["location"] == "/model"
    async with flow.db.transaction() as db:
        rows = await db.execute("SELECT by FROM promotions ORDER BY id")
        assert [by for (by,) in await rows.fetchall()] == ["ana", "Ana"]


async def test_the_strip_counts_what_waits_and_the_list_shows_it(
    client: httpx.AsyncClient, desk: StoreDesk, flow: Flow
) -> None:
    batch = [raw_mail(subject=s, message_id=f"<{s}@x.org>") for s in ("dudoso", "Pedido")]
    unsure, sure = await handle_mails(flow, batch)
    assert (await desk.status()).to_review == 1
    page = (await client.get("/?review=1")).text
    assert f'id="event-{unsure.event_id}"' in page
    assert f'id="event-{sure.event_id}"' not in page


async def test_the_words_that_decided_come_from_the_model_at_work(
    client: httpx.AsyncClient, flow: Flow, small_model: Classifier
) -> None:
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido", body="¿Cuánto cuesta?")])
    flow.at_work.change(classifier=small_model)
    page = (await client.get(f"/mails/{handled.event_id}/words")).text
    assert "<mark" in page
    assert f"{small_model.version} · stub-1" in page


async def test_the_dashboard_tells_of_the_mails_in_the_database(
    flow: Flow, client: httpx.AsyncClient
) -> None:
    mails = [raw_mail(subject="Pedido", message_id=f"<{n}@x.org>") for n in range(3)]
    await handle_mails(flow, [*mails, raw_mail(mailbox="ventas", message_id="<9@x.org>")])
    page = await client.get("/dashboard?period=today", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert '<dd class="big">4</dd>' in page.text
    assert '<option value="ventas">ventas</option>' in page.text
    csv = await client.get("/dashboard/categories.csv?mailbox=ventas&period=today")
    assert "Query,1.0,1," in csv.text

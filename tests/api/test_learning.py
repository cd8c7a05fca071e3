"""Labels, trainings and models over HTTP."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from buzon.flow import Flow, Schedule, Trainer, handle_mails
from peers.flows import raw_mail
from peers.lessons import MADRID, lessons, store_labelled


@pytest.fixture
async def worker(flow: Flow) -> AsyncIterator[None]:
    """Somebody who does the trainings that are asked for."""
    trainer = Trainer(flow.db, flow.queue, Schedule(at=None, after=0, timezone=MADRID))

    async def work() -> None:
        while True:
            await trainer.run()
            await asyncio.sleep(0.1)

    working = asyncio.create_task(work())
    yield
    working.cancel()


async def stored(flow: Flow, count: int = 1) -> list[int]:
    mails = [raw_mail(subject="Pedido", message_id=f"<{n}@x.org>") for n in range(count)]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


async def test_a_label_is_set_and_taken_back(client: httpx.AsyncClient, flow: Flow) -> None:
    (id,) = await stored(flow)
    for label in ("incidencia", None):
        answer = await client.put(f"/events/{id}/label", json={"true_label": label})
        assert (answer.status_code, answer.json()) == (200, {"labelled": 1})
        assert (await client.get(f"/events/{id}")).json()["true_label"] == label


async def test_many_are_labelled_at_once_and_found_by_their_label(
    client: httpx.AsyncClient, flow: Flow
) -> None:
    ids = await stored(flow, 5)
    answer = await client.post("/events/labels", json={"ids": ids[:3], "true_label": "reclamacion"})
    assert answer.json() == {"labelled": 3}
    found = await client.get("/events", params={"true_label": "reclamacion"})
    assert [item["id"] for item in found.json()["items"]] == ids[:3]


async def test_the_history_tells_who_said_what(client: httpx.AsyncClient, flow: Flow) -> None:
    (id,) = await stored(flow)
    await client.put(f"/events/{id}/label", json={"true_label": "incidencia"})
    history = (await client.get(f"/events/{id}/history")).json()
    (label,), (prediction,) = history["labels"], history["predictions"]
    assert (label["was"], label["becomes"], label["predicted"]) == (None, "incidencia", "pedido")
    assert label["by"].startswith("n8n ")
    assert (prediction["category"], prediction["model_version"]) == ("pedido", "stub-1")


@pytest.mark.parametrize(
    ("path", "content", "status", "told"),
    [
        ("/events/1/label", {"true_label": "queja"}, 422, "no category “queja”"),
        ("/events/1/label", {}, 422, "true_label"),
        ("/events/1/label", {"true_label": 7}, 422, "true_label"),
        ("/events/99/label", {"true_label": "pedido"}, 404, "no event 99"),
        ("/events/0/label", {"true_label": "pedido"}, 422, "id"),
        ("/events/9223372036854775808/label", {"true_label": "pedido"}, 422, "id"),
        ("/events/1/label", {"true_label": "pedi\0do"}, 422, "no category"),
    ],
)
async def test_a_label_that_cannot_be_is_told(
    client: httpx.AsyncClient, flow: Flow, path: str, content: object, status: int, told: str
) -> None:
    await stored(flow)
    answer = await client.put(path, json=content)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told in answer.text


@pytest.mark.parametrize("ids", [[], [0], ["x"], [1] * 10_001])
async def test_a_list_that_cannot_be_is_told(client: httpx.AsyncClient, ids: list[object]) -> None:
    answer = await client.post("/events/labels", json={"ids": ids, "true_label": "pedido"})
    assert answer.status_code == 422
    assert "ids" in answer.text


async def test_one_wrong_mail_in_a_list_changes_none(client: httpx.AsyncClient, flow: Flow) -> None:
    ids = await stored(flow, 2)
    answer = await client.post("/events/labels", json={"ids": [*ids, 99], "true_label": "pedido"})
    assert answer.status_code == 404
    assert (await client.get(f"/events/{ids[0]}")).json()["true_label"] is None


async def test_a_training_is_asked_for_and_its_outcome_awaited(
    client: httpx.AsyncClient, flow: Flow, worker: None
) -> None:
    await store_labelled(flow, lessons(45))
    answer = await client.post("/retrain", params={"wait": "true"}, timeout=60)
    assert answer.status_code == 200
    outcome = answer.json()
    assert (outcome["state"], outcome["promoted"]) == ("done", True)
    assert outcome["trained_on"]["own"] == 45
    assert outcome["metrics"]["accuracy"] > 0.5
    assert outcome["why"]
    models = (await client.get("/models")).json()["items"]
    assert [(m["version"], m["at_work"]) for m in models] == [(outcome["version"], True)]
    report = (await client.get(f"/models/{outcome['version']}")).json()
    assert set(report["per_category"]) >= {"pedido", "incidencia", "consulta"}


async def test_a_training_that_nobody_waits_for_can_be_looked_up(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/retrain")
    assert answer.status_code == 202
    id = answer.json()["job_id"]
    assert (await client.get(f"/retrain/{id}")).json()["state"] == "waiting"


async def test_a_second_training_at_once_is_refused_with_the_number_of_the_first(
    client: httpx.AsyncClient,
) -> None:
    first = (await client.post("/retrain")).json()
    answer = await client.post("/retrain")
    assert (answer.status_code, answer.json()["code"]) == (409, "training-under-way")
    assert "under way" in answer.json()["title"]
    assert answer.json()["job_id"] == first["job_id"]


async def test_a_failed_training_tells_why(
    client: httpx.AsyncClient, flow: Flow, worker: None
) -> None:
    async with flow.db.transaction() as db:
        await db.execute(
            "UPDATE categories SET retired_at = now() WHERE name NOT IN ('pedido', 'otro')"
        )
        await db.execute("UPDATE categories SET retired_at = now() WHERE name = 'otro'")
    outcome = (await client.post("/retrain", params={"wait": "true"}, timeout=60)).json()
    assert (outcome["state"], outcome["promoted"]) == ("failed", False)
    assert "two categories" in outcome["why"]


@pytest.mark.parametrize("path", ["/models/none", "/retrain/99"])
async def test_what_is_not_there_is_told(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_a_model_that_is_not_there_cannot_be_put_to_work(client: httpx.AsyncClient) -> None:
    answer = await client.post("/models/none/promote")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_without_a_token_nothing_is_learnt(anonymous: httpx.AsyncClient) -> None:
    for method, path in (
        ("PUT", "/events/1/label"), ("POST", "/events/labels"), ("POST", "/retrain"),
        ("GET", "/models"), ("GET", "/models/x"), ("POST", "/models/x/promote"),
        ("GET", "/events/1/history"), ("GET", "/retrain/1"),
    ):  # fmt: skip
        assert (await anonymous.request(method, path, json={})).status_code == 401, path

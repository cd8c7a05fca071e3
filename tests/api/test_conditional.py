"""What the caller has is not sent again, and of two who label one mail the second notices."""

import asyncio

import httpx
import pytest

from api.test_classify import classify
from api.test_problems import problem
from buzon.flow import Flow
from buzon.store import models
from buzon.store.models import NewModel


@pytest.fixture
async def id(client: httpx.AsyncClient) -> int:
    return int((await classify(client))["event_id"])


@pytest.mark.parametrize("path", ["/events/{id}", "/models", "/stats"])
async def test_what_has_not_changed_is_not_sent_again(
    client: httpx.AsyncClient, id: int, path: str
) -> None:
    path = path.format(id=id)
    first = await client.get(path)
    tag = first.headers["ETag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        again = await client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
    assert (await client.get(path, headers={"If-None-Match": '"other"'})).json() == first.json()


async def test_a_model_s_report_is_not_sent_again(client: httpx.AsyncClient, flow: Flow) -> None:
    async with flow.db.transaction() as db:
        await models.add(db, a_model("2026-01-01"))
    first = await client.get("/models/2026-01-01")
    assert first.json() == {"metrics": {"accuracy": 0.9}}
    again = await client.get("/models/2026-01-01", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def a_model(version: str) -> NewModel:
    return NewModel(
        version=version,
        parent=None,
        asked_by="ana",
        sha256="",
        artifact=b"",
        made_by={},
        examples=400,
        labelled_until=None,
        why="first",
        unseen={},
        report={"metrics": {"accuracy": 0.9}},
    )


async def test_an_event_that_was_labelled_has_another_tag(
    client: httpx.AsyncClient, id: int
) -> None:
    tag = (await client.get(f"/events/{id}")).headers["ETag"]
    await client.put(f"/events/{id}/label", json={"true_label": "incidencia"})
    answer = await client.get(f"/events/{id}", headers={"If-None-Match": tag})
    assert answer.json()["true_label"] == "incidencia"


async def test_of_two_writers_the_second_is_told_that_it_has_changed(
    client: httpx.AsyncClient, id: int
) -> None:
    looked = {"If-Match": (await client.get(f"/events/{id}")).headers["ETag"]}
    both = await asyncio.gather(
        *(
            client.put(f"/events/{id}/label", json={"true_label": label}, headers=looked)
            for label in ("incidencia", "consulta")
        )
    )
    second, first = sorted(both, key=lambda answer: -answer.status_code)
    assert (first.status_code, first.json()) == (200, {"labelled": 1})
    told = problem(second, 412, "changed-meanwhile")
    assert told["title"] == f"Event {id} has changed since it was looked at."


async def test_an_answer_that_goes_out_meanwhile_makes_another_tag_but_no_label_is_refused_for_it(
    client: httpx.AsyncClient, id: int, flow: Flow
) -> None:
    tag = (await client.get(f"/events/{id}")).headers["ETag"]
    async with flow.db.transaction() as db:
        await db.execute("UPDATE outbox SET status = 'sent', sent_at = now()")
    now = await client.get(f"/events/{id}", headers={"If-None-Match": tag})
    assert (now.status_code, now.json()["reply"]["status"]) == (200, "sent")
    answers = [
        await client.put(
            f"/events/{id}/label", json={"true_label": label}, headers={"If-Match": f"W/{tag}"}
        )
        for label in ("incidencia", "consulta")
    ]
    assert answers[0].status_code == 200, answers[0].text
    problem(answers[1], 412, "changed-meanwhile")


async def test_without_a_condition_the_last_word_counts(client: httpx.AsyncClient, id: int) -> None:
    for label in ("incidencia", "consulta"):
        answer = await client.put(f"/events/{id}/label", json={"true_label": label})
        assert answer.status_code == 200
    answer = await client.put(
        f"/events/{id}/label", json={"true_label": "pedido"}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200


async def test_a_condition_on_no_event_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.put(
        "/events/99/label", json={"true_label": "pedido"}, headers={"If-Match": '"x"'}
    )
    problem(answer, 404, "not-found")

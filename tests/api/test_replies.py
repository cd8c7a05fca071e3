"""PUT /events/{id}/reply and GET /events?reply=…: the external sender's part."""

from typing import Any

import httpx
import pytest

from api.test_classify import classify
from api.test_problems import problem
from buzon.flow import Flow
from buzon.store import tokens
from buzon.store.db import Database
from peers.flows import OWN


async def report(client: httpx.AsyncClient, id: int, **told: Any) -> dict[str, Any]:
    answer = await client.put(f"/events/{id}/reply", json=told)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def listed(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/events", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def pass_time(db: Database) -> None:
    async with db.transaction() as connection:
        await connection.execute("UPDATE outbox SET due_at = due_at - interval '11 minutes'")


async def test_a_reply_is_handed_out_reported_as_sent_and_shown_so(
    external: httpx.AsyncClient,
) -> None:
    answer = await classify(external)
    assert answer["reply"]["attempts"] == 1
    assert answer["reply"]["from"].endswith(f"<{OWN}>")
    told = await report(external, answer["event_id"], status="sent", attempts=1)
    assert (told["status"], told["again_at"]) == ("sent", None)
    assert told["sent_at"]
    event = (await external.get(f"/events/{answer['event_id']}")).json()
    assert (event["reply"]["status"], event["reply"]["send"]) == ("sent", False)
    again = await classify(external)
    assert (again["reply"]["send"], again["reply"]["why"]) == (False, "sent")


async def test_a_failure_says_when_the_reply_is_handed_out_again(
    external: httpx.AsyncClient,
) -> None:
    answer = await classify(external)
    told = await report(external, answer["event_id"], status="failed", error="451 " + "x" * 5000)
    assert (told["status"], told["attempts"]) == ("queued", 1)
    assert told["again_at"]
    assert len(told["detail"]) < 1100


async def test_what_is_stale_is_handed_out_whole_and_only_once(
    external: httpx.AsyncClient, db: Database
) -> None:
    answer = await classify(external)
    answer_of_none = await external.get("/events?reply=stale")
    assert answer_of_none.headers["Cache-Control"] == "no-store"
    assert answer_of_none.json() == {"items": [], "next": None}
    await pass_time(db)
    (event,) = await listed(external, reply="stale")
    assert event["id"] == answer["event_id"]
    given = answer["reply"] | {"attempts": 2}
    assert {name: event["reply"][name] for name in given} == given
    assert await listed(external, reply="stale") == []


async def test_stale_replies_are_for_senders_and_everything_else_for_readers(
    external: httpx.AsyncClient, flow: Flow
) -> None:
    queries = ("reply=stale", "reply=handed", "reply=stale&reply=handed")
    for scope, allowed in (("intake", [200, 403, 403]), ("read", [403, 200, 200])):
        async with flow.db.transaction() as db:
            token = await tokens.add(db, f"for {scope}", scopes=[scope])  # type: ignore[list-item]
        headers = {"Authorization": f"Bearer {token}"}
        answers = [await external.get(f"/events?{query}", headers=headers) for query in queries]
        assert [answer.status_code for answer in answers] == allowed


async def test_nothing_that_is_stale_can_be_left_out(external: httpx.AsyncClient) -> None:
    told = problem(await external.get("/events?reply=stale&category=pedido"), 422, "invalid")
    assert "together with category" in told["title"]
    assert await listed(external, reply="stale", mailbox="ventas") == []


async def test_events_are_found_by_what_became_of_their_reply(
    external: httpx.AsyncClient,
) -> None:
    sent = await classify(external)
    await report(external, sent["event_id"], status="sent")
    handed = await classify(external, message_id="<dos@x.org>", **{"from": "b@x.org"})
    none = await classify(external, message_id="<tres@x.org>", subject="otro")
    for wanted, answer in (("sent", sent), ("handed", handed), ("none", none)):
        found = await listed(external, reply=wanted)
        assert [event["id"] for event in found] == [answer["event_id"]]
    assert await listed(external, reply="failed") == []
    problem(await external.get("/events?reply=perhaps"), 422, "invalid")


async def test_a_report_of_nothing_is_a_conflict(
    external: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    none = await classify(external, subject="otro")
    ours = await classify(client, message_id="<dos@x.org>")
    for id in (none["event_id"], ours["event_id"]):
        answer = await external.put(f"/events/{id}/reply", json={"status": "sent"})
        told = problem(answer, 409, "not-handed-out")
        assert told["title"] == f"No reply to event {id} was handed out."
    problem(await external.put("/events/99/reply", json={"status": "sent"}), 404, "not-found")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"status": "maybe"},
        {"status": "sent", "attempts": 0},
        {"status": "sent", "message_id": "<two words>"},
    ],
)
async def test_a_report_that_makes_no_sense_is_refused(
    external: httpx.AsyncClient, told: dict[str, Any]
) -> None:
    problem(await external.put("/events/1/reply", json=told), 422, "invalid")

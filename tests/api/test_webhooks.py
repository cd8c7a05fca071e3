"""Webhooks by the API: made, changed, tried, and what became of what they were told."""

from typing import Any

import httpx
import pytest

from buzon.flow import Flow, handle_mails
from peers.flows import raw_mail
from peers.webhooks import make_teller, receiving

WANTED = {
    "name": "CRM", "url": "http://127.0.0.1:9/hook", "kinds": ["event.stored"], "content": "ids",
}  # fmt: skip


async def made(client: httpx.AsyncClient, **changes: object) -> dict[str, Any]:
    answer = await client.post("/webhooks", json=WANTED | changes)
    assert answer.status_code == 201
    return dict(answer.json())


async def test_the_secret_is_told_when_it_is_made_and_never_again(
    client: httpx.AsyncClient,
) -> None:
    new = await made(client)
    assert new["secret"].startswith("whsec_")
    shown = (await client.get(f"/webhooks/{new['id']}")).json()
    assert shown == {key: value for key, value in new.items() if key != "secret"}
    assert shown["enabled"] is True
    assert shown["made_by"].startswith("n8n")
    assert (await client.get("/webhooks")).json() == {"items": [shown]}
    other = (await client.post(f"/webhooks/{new['id']}/secret")).json()["secret"]
    assert other != new["secret"]


async def test_it_is_changed_switched_and_removed(client: httpx.AsyncClient) -> None:
    place = f"/webhooks/{(await made(client))['id']}"
    changed = await client.patch(place, json={"content": "text", "enabled": False})
    assert changed.json()["content"] == "text"
    assert changed.json()["name"] == "CRM"
    assert (changed.json()["enabled"], changed.json()["disabled_because"]) == (False, "chosen")
    assert (await client.patch(place, json={"enabled": True})).json()["disabled_because"] is None
    assert (await client.delete(place)).status_code == 204
    for call in (client.get(place), client.delete(place), client.get(f"{place}/deliveries")):
        gone = await call
        assert (gone.status_code, gone.json()["title"]) == (404, "There is no such webhook.")


async def test_what_is_changed_together_is_changed_at_once(
    client: httpx.AsyncClient, flow: Flow
) -> None:
    place = f"/webhooks/{(await made(client))['id']}"
    await client.patch(place, json={"content": "text", "enabled": False})
    async with flow.db.transaction() as db:
        rows = await db.execute(
            "SELECT becomes ? 'content', becomes ? 'disabled_at', at FROM changes"
            " WHERE was IS NOT NULL ORDER BY id"
        )
        (changed, switched) = await rows.fetchall()
    assert (changed[:2], switched[:2]) == ((True, False), (False, True))
    assert changed[2] == switched[2]  # the time of their transaction
    nowhere = await client.patch("/webhooks/9999", json={"enabled": True})
    assert nowhere.status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"kinds": []}, {"kinds": ["event.burnt"]}, {"url": "ftp://x"}, {"name": " "},
        {"url": "http://169.254.169.254/"}, {"content": "all"}, {"secret": "mine"},
        {"name": "a\0b"}, {"url": None},
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(
    client: httpx.AsyncClient, wrong: dict[str, object]
) -> None:
    answer = await client.post("/webhooks", json=WANTED | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_two_of_a_name_are_refused(client: httpx.AsyncClient) -> None:
    first = await made(client)
    again = await client.post("/webhooks", json=WANTED | {"name": "crm"})
    assert (again.status_code, again.json()["title"]) == (422, "There is a webhook called crm.")
    second = await made(client, name="Slack")
    renamed = await client.patch(f"/webhooks/{second['id']}", json={"name": "CRM"})
    assert renamed.status_code == 422
    assert (await client.patch(f"/webhooks/{first['id']}", json={"name": "CRM"})).status_code == 200


async def test_a_test_is_answered_with_what_came_back(client: httpx.AsyncClient) -> None:
    async with receiving((404, {}, "no workflow")) as receiver:
        new = await made(client, url=receiver.url)
        tried = (await client.post(f"/webhooks/{new['id']}/test")).json()
        assert receiver.hits[0].headers["webhook-id"] == tried["webhook_id"]
        assert receiver.hits[0].signed_with(new["secret"])
    assert tried["status"] == "failed"
    assert (tried["type"], tried["http_status"], tried["response"]) == ("test", 404, "no workflow")


async def test_the_deliveries_are_paged_and_one_is_sent_again(
    client: httpx.AsyncClient, flow: Flow
) -> None:
    async with receiving() as receiver:
        new = await made(client, url=receiver.url)
        place = f"/webhooks/{new['id']}/deliveries"
        await handle_mails(flow, [raw_mail(message_id=f"<{i}@a.example>") for i in range(3)])
        waiting = (await client.get(f"{place}?status=queued")).json()["items"]
        assert {d["attempts"] for d in waiting} == {0}
        await make_teller(flow).tell(new["id"])
        page = (await client.get(f"{place}?limit=2")).json()
        rest = (await client.get(f"{place}?limit=2&before={page['next']}")).json()
        assert (len(page["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
        oldest = rest["items"][0]
        assert (oldest["status"], oldest["due_at"]) == ("delivered", None)
        again = await client.post(f"{place}/{oldest['id']}/again")
        assert (again.status_code, again.json()["status"]) == (202, "queued")
        await make_teller(flow).tell(new["id"])
        ids = [hit.headers["webhook-id"] for hit in receiver.hits]
    assert ids.count(oldest["webhook_id"]) == 2
    assert (await client.post(f"{place}/999/again")).status_code == 404
    await client.patch(f"/webhooks/{new['id']}", json={"enabled": False})
    refused = await client.post(f"{place}/{oldest['id']}/again")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")

"""GET /events: pages that miss nothing, and filters."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from buzon.flow import Flow, handle_mails
from peers.flows import OWN, raw_mail

WEEK = timedelta(days=7)


@pytest.fixture
async def stored(flow: Flow) -> list[int]:
    """Five events of three categories, two mailboxes, the second of them a week old."""
    now = datetime.now(UTC)
    mails = [
        raw_mail(subject=subject, sender=f"c{n}@example.org", message_id=f"<{n}@x.org>",
                 mailbox="ventas" if n == 3 else OWN, arrived_at=now - WEEK if n == 1 else now)
        for n, subject in enumerate(("Pedido", "Incidencia", "otro", "Pedido dudoso", "Pedido"))
    ]  # fmt: skip
    return [each.event_id or 0 for each in await handle_mails(flow, mails)]


async def page(client: httpx.AsyncClient, **query: Any) -> tuple[list[int], int | None]:
    answer = await client.get("/events", params=query)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return [item["id"] for item in found["items"]], found["next"]


async def test_without_events_the_page_is_empty(client: httpx.AsyncClient) -> None:
    assert await page(client) == ([], None)


async def test_pages_hold_every_event_once_oldest_first(
    client: httpx.AsyncClient, stored: list[int]
) -> None:
    found: list[int] = []
    after: int | None = 0
    while after is not None:
        ids, after = await page(client, after=after, limit=2)
        found += ids
    assert found == stored


async def test_a_page_that_ends_with_the_last_event_has_no_next(
    client: httpx.AsyncClient, stored: list[int]
) -> None:
    assert await page(client, limit=5) == (stored, None)


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"category": "pedido"}, [0, 3, 4]),
        ({"category": "nada"}, []),
        ({"mailbox": "ventas"}, [3]),
        ({"needs_review": "true"}, [3]),
        ({"needs_review": "false"}, [0, 1, 2, 4]),
        ({"category": "pedido", "needs_review": "false", "limit": 1}, [0]),
    ],
)
async def test_filters_narrow_the_page(
    query: dict[str, Any], places: list[int], client: httpx.AsyncClient, stored: list[int]
) -> None:
    assert (await page(client, **query))[0] == [stored[place] for place in places]


async def test_events_are_found_by_when_they_arrived(
    client: httpx.AsyncClient, stored: list[int]
) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert (await page(client, until=yesterday))[0] == [stored[1]]
    assert (await page(client, since=yesterday))[0] == [s for s in stored if s != stored[1]]


async def test_one_event_is_shown_whole(client: httpx.AsyncClient, stored: list[int]) -> None:
    event = (await client.get(f"/events/{stored[0]}")).json()
    assert (event["category"], event["answered"], event["true_label"]) == ("pedido", True, None)
    assert event["not_answered_because"] == []
    assert event["reply"]["status"] == "queued"
    assert event["reply"]["to"] == "c0@example.org"
    assert event["reply"]["sent_at"] is None


async def test_an_event_that_is_not_answered_says_why(
    client: httpx.AsyncClient, stored: list[int]
) -> None:
    event = (await client.get(f"/events/{stored[2]}")).json()
    assert (event["answered"], event["reply"]) == (False, None)
    assert event["not_answered_because"] == [{"rule": "otro", "evidence": "96%"}]


async def test_of_drawn_mails_those_are_told_that_somebody_has_looked_at(
    client: httpx.AsyncClient, flow: Flow, stored: list[int]
) -> None:
    async with flow.db.transaction() as db:
        await db.execute("DELETE FROM audits")
        await db.execute(
            "INSERT INTO audits (event_id, category, confidence, model_version, threshold,"
            " probability, share) SELECT id, category, confidence, model_version, 0.9, 0.1, 0.1"
            " FROM events WHERE id = ANY(%s)",
            [stored[:2]],
        )
    assert await page(client, audited=True) == ([], None)
    await client.put(f"/events/{stored[0]}/label", json={"true_label": "pedido"})
    await client.put(f"/events/{stored[4]}/label", json={"true_label": "pedido"})
    assert await page(client, audited=True) == (stored[:1], None)
    assert await page(client, audited=False) == (stored[1:], None)

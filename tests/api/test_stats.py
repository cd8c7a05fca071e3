"""The figures by API: once, and as a stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
import uvicorn

from api.conftest import make_context
from buzon.api import create_api, end_stats, stats
from buzon.flow import Flow, handle_mails, label
from buzon.store import tokens
from peers.flows import raw_mail


async def test_the_figures_of_the_last_30_days_are_told(
    flow: Flow, client: httpx.AsyncClient
) -> None:
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido")])
    found = (await client.get("/stats")).json()
    assert (found["mails"], found["unit"], len(found["steps"])) == (1, "day", 30)
    assert found["categories"] == {"pedido": {"now": 1, "before": None}}
    assert found["accuracy"] == {"all": None, "alone": None, "by_category": {}}
    assert found["senders"] == [{"sender": "ana@example.org", "mails": 1}]
    await label(flow.db, [handled.event_id or 0], "consulta", "ana")
    found = (await client.get("/stats")).json()
    assert list(found["categories"]) == ["consulta"]
    assert found["corrections"] == [{"predicted": "pedido", "label": "consulta", "mails": 1}]


async def test_days_and_a_mailbox_can_be_asked_for(flow: Flow, client: httpx.AsyncClient) -> None:
    await handle_mails(flow, [raw_mail(mailbox="ventas")])
    query = {"since": "2020-01-01", "until": "2020-01-07"}
    assert (await client.get("/stats", params=query)).json()["mails"] == 0
    assert (await client.get("/stats", params={"mailbox": "ventas"})).json()["mails"] == 1
    assert (await client.get("/stats", params={"mailbox": "otra"})).json()["mails"] == 0


@pytest.mark.parametrize("path", ["/stats", "/stats/stream"])
@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("since=2026-02-01&until=2026-01-01", "before it begins"),
        ("since=1950-01-01", "ten years at most"),
        ("since=yesterday", "since"),
        ("mailbox=%00", "can't be"),
    ],
)
async def test_days_that_make_no_sense_are_refused_with_the_reason(
    client: httpx.AsyncClient, path: str, query: str, why: str
) -> None:
    answer = await client.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert why in answer.text


async def test_the_shapes_are_described(anonymous: httpx.AsyncClient) -> None:
    document = (await anonymous.get("/openapi.json")).json()
    shape = document["components"]["schemas"]["Statistics"]
    assert {"mails", "steps", "accuracy", "median", "drift"} <= set(shape["properties"])
    assert "like with like" in shape["description"]


@asynccontextmanager
async def served(flow: Flow) -> AsyncIterator[tuple[uvicorn.Server, str]]:
    """The API behind a real server, for streams."""
    app = create_api(make_context(flow))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        end_stats(app)
        server.should_exit = True
        await asyncio.wait_for(serving, 10)


@asynccontextmanager
async def stream(url: str, token: str) -> AsyncIterator[AsyncIterator[str]]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream("GET", f"{url}/stats/stream", headers=headers) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield aiter(answer.aiter_lines())


async def told(lines: AsyncIterator[str]) -> int:
    """How many mails the next event tells of."""
    async with asyncio.timeout(10):
        while not (line := await anext(lines)).startswith("data: "):
            assert line in {"", "event: stats"} or line.startswith(":")
    return int(json.loads(line.removeprefix("data: "))["mails"])


async def test_a_stream_tells_the_figures_at_once_and_when_a_mail_has_come(
    flow: Flow, token: str
) -> None:
    async with served(flow) as (_, url), stream(url, token) as lines:
        assert await told(lines) == 0
        await handle_mails(flow, [raw_mail()])
        assert await told(lines) == 1


async def test_a_stream_ends_when_its_token_no_longer_works(
    flow: Flow, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stats, "BEAT", 0.1)
    monkeypatch.setattr(stats, "PAUSE", 0.0)
    async with served(flow) as (_, url), stream(url, token) as lines:
        assert await told(lines) == 0
        async with flow.db.transaction() as db:
            (known,) = await tokens.listed(db)
            await tokens.revoke(db, known.name)
        async with asyncio.timeout(10):
            async for _ in lines:
                pass


async def test_streams_end_when_the_service_stops_and_then_none_begins(
    flow: Flow, token: str
) -> None:
    async with served(flow) as (server, url), stream(url, token) as lines:
        assert await told(lines) == 0
        end_stats(server.config.app)  # type: ignore[arg-type]
        async with asyncio.timeout(5):
            with suppress(httpx.RemoteProtocolError):
                async for _ in lines:
                    pass
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{url}/stats/stream", headers=headers)).status_code == 409

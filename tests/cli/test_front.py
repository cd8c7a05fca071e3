"""Whom the server believes who asks: a real one, asked from several addresses of this machine."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from buzon.cli.front import listening
from buzon.config import Settings
from peers.dovecot import free_port

PROXY, STRANGER = "127.0.0.1", "127.0.0.2"
FORWARDED = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}


async def tell(scope: Scope, receive: Receive, send: Send) -> None:
    """Who asks, as the program sees it."""
    answer = JSONResponse({"client": scope["client"][0], "scheme": scope["scheme"]})
    await answer(scope, receive, send)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    settings = Settings(
        _env_file=None, trusted_proxies=(PROXY, "203.0.113.128/25"), port=free_port()
    )
    server = uvicorn.Server(listening(settings, tell))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{settings.port}"
    server.should_exit = True
    await serving


async def ask(url: str, source: str, headers: dict[str, str]) -> tuple[str, str]:
    transport = httpx.AsyncHTTPTransport(local_address=source)
    async with httpx.AsyncClient(transport=transport) as client:
        told = (await client.get(url, headers=headers)).json()
    return told["client"], told["scheme"]


async def test_a_trusted_proxy_says_who_asks_and_whether_by_https(url: str) -> None:
    assert await ask(url, PROXY, FORWARDED) == ("203.0.113.7", "https")
    assert await ask(url, PROXY, {}) == (PROXY, "http")


async def test_what_anybody_else_says_is_not_believed(url: str) -> None:
    assert await ask(url, STRANGER, FORWARDED) == (STRANGER, "http")


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),  # the first was made up by the client
        ("203.0.113.7, 203.0.113.200", "203.0.113.7"),  # through two proxies of ours
        ("2001:db8::7", "2001:db8::7"),
    ],
)
async def test_of_a_chain_the_last_that_is_no_proxy_of_ours_asks(
    url: str, chain: str, client: str
) -> None:
    assert await ask(url, PROXY, {"X-Forwarded-For": chain}) == (client, "http")

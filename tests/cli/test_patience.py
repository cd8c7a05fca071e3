"""Clients that dawdle, against the real server."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from buzon.cli import patience
from buzon.cli.front import listening
from buzon.config import Settings
from peers.dovecot import free_port

HEADERS_WITHIN, REQUEST_WITHIN = 0.4, 0.8  # instead of 10 s and 2 minutes
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def count(scope: Scope, receive: Receive, send: Send) -> None:
    """How long a request's body is."""
    length = 0
    async for part in Request(scope, receive).stream():
        length += len(part)
    await PlainTextResponse(str(length))(scope, receive, send)


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(patience.Impatient, "headers_within", HEADERS_WITHIN)
    monkeypatch.setattr(patience.Impatient, "request_within", REQUEST_WITHIN)
    settings = Settings(_env_file=None, port=free_port())
    config = listening(settings, count)
    config.limit_concurrency = 20
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield settings.port
    server.should_exit = True
    await serving


async def trickle(port: int, first: bytes, then: bytes) -> float:
    """Say `first`, then `then` again and again; how long the server put up with it, in seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    writer.write(first)
    gone = asyncio.create_task(reader.read())
    while not gone.done() and time.monotonic() < began + 10:
        writer.write(then)
        await asyncio.wait([gone], timeout=0.05)
    writer.close()
    assert gone.done(), "the server waited on"
    await asyncio.gather(gone, return_exceptions=True)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("first", "then", "within"),
    [
        (b"", b"", HEADERS_WITHIN),
        (b"GET / HTTP/1.1\r\n", b"X-A: b\r\n", HEADERS_WITHIN),
        (ASK + b"GET / HTTP/1.1\r\n", b"X-A: b\r\n", HEADERS_WITHIN),
        (ASK, b"\r\n", HEADERS_WITHIN),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n", b"a", REQUEST_WITHIN),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1\r\na\r\n",
            REQUEST_WITHIN,
        ),
    ],
    ids=[
        "says nothing",
        "headers",
        "headers of the second request",
        "empty lines",
        "body",
        "chunks",
    ],
)
async def test_who_says_it_bit_by_bit_is_cut_off(
    port: int, first: bytes, then: bytes, within: float
) -> None:
    assert within <= await trickle(port, first, then) + 0.05


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    return head.split()[1] + b" " + await reader.readexactly(length)


async def test_who_has_asked_may_take_longer_over_the_next_request(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        assert await read_answer(reader) == b"200 3"
        await asyncio.sleep(max(HEADERS_WITHIN, REQUEST_WITHIN) * 1.2)
    writer.close()


async def test_of_too_many_connections_the_last_get_a_503_and_the_others_are_served(
    port: int,
) -> None:
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(25)]
    codes = []
    for reader, writer in streams:
        writer.write(ASK)
        codes.append((await reader.readuntil(b"\r\n\r\n")).split()[1])
    assert set(codes) <= {b"200", b"503"}
    assert b"503" in codes
    for _, writer in streams:
        writer.close()
    await asyncio.sleep(0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK)
    assert await read_answer(reader) == b"200 0"
    writer.close()


async def test_what_is_no_http_is_told_so_in_plain_text(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x16\x03\x01\x02\x00 as TLS begins\r\n\r\n")
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"\r\n\r\nInvalid HTTP request received.")
    writer.close()


async def test_headers_without_end_are_refused(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nX-A: " + b"a" * 200_000)
    assert b" 400 " in await reader.readuntil(b"\r\n")
    writer.close()

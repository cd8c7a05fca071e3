"""One attempt: what came back is told, whatever it is."""

import asyncio
import ssl

import pytest

from buzon.hooks import post as module
from buzon.hooks.post import post
from peers.webhooks import receiving


async def test_what_is_sent_arrives_as_it_is_and_the_answer_is_told() -> None:
    async with receiving((201, {"Retry-After": "7"}, "made\n\x1b[31m it")) as receiver:
        answer = await post(receiver.url, {"webhook-id": "msg_1"}, b'{"a": "\xc3\xb1"}')
        (hit,) = receiver.hits
    assert hit.body == b'{"a": "\xc3\xb1"}'
    assert hit.headers["webhook-id"] == "msg_1"
    assert hit.headers["host"].startswith("127.0.0.1:")
    assert (answer.status, answer.text, answer.retry_after) == (201, "made  [31m it", 7)
    assert answer.took_it


async def test_a_name_is_kept_in_the_request_though_an_address_is_connected_to() -> None:
    async with receiving() as receiver:
        answer = await post(receiver.url.replace("127.0.0.1", "localhost"), {}, b"{}")
        assert answer.took_it
        assert receiver.hits[0].headers["host"].startswith("localhost:")


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://127.0.0.1:9/", "nothing answers at this address"),
        ("http://no-such-name.invalid/", "there is no server of this name"),
        ("http://0xa9fea9fe/", "0xa9fea9fe stands for an address that nothing is sent to"),
    ],
)
async def test_where_nobody_answers_that_is_said(url: str, fault: str) -> None:
    answer = await post(url, {}, b"{}")
    assert (answer.status, answer.fault, answer.took_it) == (None, fault, False)


async def test_an_answer_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.5)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            while True:  # a byte now and then keeps every timeout but the one for all of it
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            writer.close()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        answer = await asyncio.wait_for(post(f"http://127.0.0.1:{port}/", {}, b"{}"), 5)
    assert answer.fault == "no answer in time"


async def test_what_is_no_http_is_told_and_not_raised() -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        answer = await post(f"http://127.0.0.1:{port}/", {}, b"{}")
        encrypted = await post(f"https://127.0.0.1:{port}/", {}, b"{}")
    assert answer.status is None
    assert answer.fault
    assert "SSL" in encrypted.fault


def test_certificates_are_checked() -> None:
    assert module._trust().verify_mode is ssl.CERT_REQUIRED
    assert module._trust().check_hostname

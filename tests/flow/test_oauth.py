"""Where a mail provider is asked, and where not."""

import asyncio
import json
from dataclasses import replace

import pytest

from buzon.errors import ProviderFailed
from buzon.flow.oauth import Provider
from buzon.flow.providers import App, google


def app_at(token_url: str) -> App:
    known = google("id", "secreto", "http://127.0.0.1:8400/settings/mailboxes/authorized")
    return replace(known, provider="other", name="Casa", token_url=token_url)


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]", "0.0.0.0"])
async def test_what_answers_only_because_of_who_asks_is_not_asked(host: str) -> None:
    provider = Provider(app_at(f"http://{host}/token"))
    with pytest.raises(ProviderFailed, match="stands for an address that nothing is sent to"):
        await provider.renew("refresh")


async def test_a_provider_is_asked_under_its_own_name_at_the_address_that_was_looked_at() -> None:
    asked = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.decode())
        told = json.dumps({"access_token": "a", "refresh_token": "r", "expires_in": 60})
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + f"Content-Length: {len(told)}\r\n\r\n{told}".encode()
        )
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        tokens = await Provider(app_at(f"http://localhost:{port}/token")).renew("refresh")
    assert (tokens.access, tokens.refresh) == ("a", "r")
    assert f"host: localhost:{port}" in asked[0].lower()

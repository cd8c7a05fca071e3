"""A receiver of webhooks, and what makes these over a test's database.

`Receiver` is a real HTTP server. It checks nothing by itself: `hits` are what came, and `script`
what it answers, one entry a request, the last one for ever.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from buzon.cli.safe import Safe
from buzon.config import Settings
from buzon.flow import Flow, Teller, Webhooks
from buzon.store.webhooks import Content, Kind, Wanted

HANG = "hang"  # an answer that never comes
SAFE = Safe(Settings(_env_file=None, secret_key="a key of these tests"))


@dataclass(frozen=True)
class Hit:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    def signed_with(self, secret: str) -> bool:
        """As the specification says, written apart from what Buzón signs with."""
        key = base64.b64decode(secret.split("_", 1)[1])
        text = b".".join(
            [self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(),
             self.body]
        )  # fmt: skip
        digest = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        return self.headers["webhook-signature"] == f"v1,{digest}"


@dataclass
class Receiver:
    """`url` is where it listens. An answer is a status, or a status, headers and a text."""

    script: list[Any] = field(default_factory=lambda: [204])
    hits: list[Hit] = field(default_factory=list)
    url: str = ""
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.hits.append(Hit(head[0].split()[1], headers, body))
            self.came.set()
            answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            if answer == HANG:
                await asyncio.sleep(3600)
            writer.write(rendered(answer))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.hits) < count:
                self.came.clear()
                await self.came.wait()


def rendered(answer: Any) -> bytes:
    status, headers, text = answer if isinstance(answer, tuple) else (answer, {}, "")
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(text.encode())}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


@asynccontextmanager
async def receiving(*script: Any) -> AsyncIterator[Receiver]:
    receiver = Receiver(list(script) or [204])
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await receiver.handle(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?a=1"
    try:
        yield receiver
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def make_webhooks(flow: Flow) -> Webhooks:
    return Webhooks(flow.db, flow.queue, SAFE)


def make_teller(flow: Flow) -> Teller:
    return Teller(flow.db, flow.queue, SAFE.unlock)


async def add_webhook(
    flow: Flow,
    url: str,
    kinds: Sequence[Kind] = ("event.stored",),
    *,
    name: str = "Slack",
    content: Content = "summary",
) -> tuple[int, str]:
    """Its number and its secret."""
    return await make_webhooks(flow).add(Wanted(name, url, kinds, content), "Ana Ruiz")

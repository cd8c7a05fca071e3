"""The pages behind a real server, in a thread, for browsers and streams."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from buzon.web import create_web, end_streams
from web.fake_desk import FakeDesk

PIECES, PAUSE = 12, 0.03  # of a page that comes slowly, and seconds between them


class Site:
    """A running server over a desk in memory. Slow: pages come in pieces, as on a bad line, so that
    a browser has time to show each that isn't there yet."""

    def __init__(self, desk: FakeDesk, *, slow: bool = False) -> None:
        self.desk = desk
        self.slow = slow
        self.app = create_web(desk, company="Cajas Ejemplo")
        self.loop: asyncio.AbstractEventLoop | None = None
        self.start()

    def start(self, port: int = 0) -> None:
        app = _in_pieces(self.app) if self.slow else self.app
        config = uvicorn.Config(app, port=port, log_level="warning", lifespan="off")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def _run(self) -> None:
        async def run() -> None:
            self.loop = asyncio.get_running_loop()
            await self.server.serve()

        asyncio.run(run())

    def do(self, action: Callable[..., None], *arguments: object) -> None:
        """Do something to the desk in the server's own thread."""
        assert self.loop
        self.loop.call_soon_threadsafe(action, *arguments)

    def stop(self) -> float:
        """Stop as `buzon serve` does; returns how long it took, in seconds."""
        began = time.monotonic()
        self.do(end_streams, self.app)
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive(), "the server did not stop"
        return time.monotonic() - began


@contextmanager
def running(desk: FakeDesk, *, slow: bool = False) -> Iterator[Site]:
    site = Site(desk, slow=slow)
    try:
        yield site
    finally:
        if site.thread.is_alive():
            site.stop()


def _in_pieces(app: ASGIApp) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        is_page = False

        async def send_slowly(message: Message) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                is_page = (
                    Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")
                )
            if message["type"] == "http.response.body" and is_page:
                for piece in _pieces(message["body"]):
                    await send({"type": message["type"], "body": piece, "more_body": True})
                    await asyncio.sleep(PAUSE)
                message = {"type": message["type"], "body": b""}
            await send(message)

        await app(scope, receive, send_slowly)

    return answer


def _pieces(page: bytes) -> list[bytes]:
    size = len(page) // PIECES + 1
    return [page[at : at + size] for at in range(0, len(page), size)]

"""The pages behind a real server, in a thread, for browsers and streams."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from buzon.web import create_web, end_streams
from web.fake_desk import FakeDesk


class Site:
    """A running server over a desk in memory."""

    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.app = create_web(desk, company="Cajas Ejemplo")
        self.loop: asyncio.AbstractEventLoop | None = None
        self.start()

    def start(self, port: int = 0) -> None:
        config = uvicorn.Config(self.app, port=port, log_level="warning", lifespan="off")
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
def running(desk: FakeDesk) -> Iterator[Site]:
    site = Site(desk)
    try:
        yield site
    finally:
        if site.thread.is_alive():
            site.stop()

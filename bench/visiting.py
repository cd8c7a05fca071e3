"""What the pages take while something else is at work."""

import asyncio
import threading
from itertools import cycle
from typing import Self

import httpx

from bench.history import new_session, p95, times
from buzon.store.embedded import Embedded
from buzon.web.context import COOKIE
from peers.flows import open_database
from peers.service import Service

PAGES = ("/", "/?q=cajas", "/review", "/dashboard?period=7")
PAUSE = 0.2  # seconds between two requests


class Visiting:
    """Somebody who opens page after page of this service, which runs with its embedded database,
    in a thread."""

    def __init__(self, service: Service) -> None:
        self.seconds: list[float] = []
        self._service = service
        self._end = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._visit()))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    @property
    def p95(self) -> float:
        return p95(self.seconds)

    async def _visit(self) -> None:
        async with httpx.AsyncClient(
            base_url=self._service.url, cookies={COOKIE: await self._sign_in()}
        ) as one:
            for path in PAGES:
                await times(one, path, 1)
            for path in cycle(PAGES):
                if self._end.is_set():
                    return
                self.seconds += await times(one, path, 1)
                await asyncio.sleep(PAUSE)

    async def _sign_in(self) -> str:
        embedded = Embedded(self._service.folder / "var")
        try:
            async with open_database(embedded.start()) as db:
                return await new_session(db)
        finally:
            embedded.stop()

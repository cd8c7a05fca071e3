"""What the pages take while something else is at work."""

import asyncio
import threading
from itertools import cycle
from typing import Self

from bench.history import browser, p95, times

PAGES = ("/", "/?q=cajas", "/review", "/dashboard?period=7")
PAUSE = 0.2  # seconds between two requests


class Visiting:
    """Somebody who opens page after page of the database at this address, in a thread."""

    def __init__(self, url: str) -> None:
        self.seconds: list[float] = []
        self._url = url
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
        async with browser(self._url) as one:
            for path in PAGES:
                await times(one, path, 1)
            for path in cycle(PAGES):
                if self._end.is_set():
                    return
                self.seconds += await times(one, path, 1)
                await asyncio.sleep(PAUSE)

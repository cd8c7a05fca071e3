"""Pages that somebody has open and that hear of news: one task serves all of a kind, and runs only
while there are any. When it fails, the streams end; the browsers come back by themselves."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import structlog

from buzon.errors import BuzonError, gist

log = structlog.get_logger()

WAITING_FRAMES = 32  # a page further behind is dropped, and catches up when it is back


class OpenPage:
    """A page that somebody has open: the frames that wait for it, and whether it must end."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.frames: asyncio.Queue[bytes] = asyncio.Queue(WAITING_FRAMES)
        self.ended = asyncio.Event()
        self.is_new = True

    def put(self, frame: bytes) -> None:
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.ended.set()


P = TypeVar("P", bound=OpenPage)


class OpenPages(ABC, Generic[P]):
    """All open pages of a kind of this process."""

    kind: str

    def __init__(self) -> None:
        self._pages: set[P] = set()
        self._task: asyncio.Task[None] | None = None
        self._fault = ""
        self.closed = False

    @contextmanager
    def _opened(self, page: P) -> Iterator[P]:
        """The page hears of news until it leaves, falls behind, or the service stops."""
        self._pages.add(page)
        if self._task is None:
            self._task = asyncio.create_task(self._serve(), name=self.kind)
        try:
            yield page
        finally:
            self._pages.discard(page)
            if not self._pages:
                self._stop_serving()

    def close(self) -> None:
        """End every stream and take no new ones."""
        self.closed = True
        self._end_pages()
        self._stop_serving()

    def _stop_serving(self) -> None:
        if self._task:
            self._task.cancel()
        self._task = None

    def _end_pages(self) -> None:
        for page in self._pages:
            page.ended.set()

    async def _serve(self) -> None:
        """Until the last page has gone, or the news can't be followed."""
        try:
            await self._follow()
        except Exception as error:
            self._say_once(error)
        finally:
            if self._task is asyncio.current_task():
                self._task = None
                self._end_pages()

    @abstractmethod
    async def _follow(self) -> None:
        """Hand the news out; each time it went well, forget `_fault`."""

    def _say_once(self, error: Exception) -> None:
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        if self._fault != (fault := gist(repr(error))):
            self._fault = fault
            ours = isinstance(error, BuzonError)
            log.warning(f"{self.kind} wait", why=str(error), exc_info=None if ours else error)


def frame(event: str, data: str) -> bytes:
    """A server-sent event (WHATWG HTML, section 9.2.6). Any line end of the data ends a field."""
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "".join((f"event: {event}\n", *(f"data: {line}\n" for line in lines), "\n")).encode()

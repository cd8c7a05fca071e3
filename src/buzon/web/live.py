"""What changes is drawn once for each language and handed to every open page.

One reader of changes serves all pages of this process, and runs only while there are any. When
it fails, the streams end; the browsers come back by themselves, and each stream begins with the
newest mails, so nothing stays missed.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

import structlog

from buzon.errors import BuzonError, DatabaseError
from buzon.records import Event
from buzon.store.filters import Filter
from buzon.web.ports import Desk
from buzon.web.render import Renderer
from buzon.web.view import takes

log = structlog.get_logger()

PAGE_SIZE = 50  # rows
KEPT_CHANGES = 2000  # that wait to be drawn; where they are more, pages begin anew
PAUSE = 0.2  # seconds between two drawings: a burst of mails is drawn five times a second
STATUS_EVERY = 5.0  # seconds
WAITING_FRAMES = 32  # a page further behind is dropped, and catches up when it is back


class OpenPage:
    """A page that somebody has open: which mails it lists, the frames that wait for it, and whether
    it must end."""

    def __init__(self, language: str, wanted: Filter) -> None:
        self.language = language
        self.wanted = wanted
        self.frames: asyncio.Queue[bytes] = asyncio.Queue(WAITING_FRAMES)
        self.ended = asyncio.Event()
        self.is_new = True

    def put(self, frame: bytes) -> None:
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.ended.set()


class Live:
    """All open pages of this process."""

    def __init__(self, desk: Desk, render: Renderer) -> None:
        self._desk = desk
        self._render = render
        self._pages: set[OpenPage] = set()
        self._pending: set[int] = set()
        self._wake = asyncio.Event()
        self._shown: dict[str, bytes] = {}  # the status strip, by language
        self._task: asyncio.Task[None] | None = None
        self._fault = ""
        self.closed = False

    @contextmanager
    def open(self, language: str, wanted: Filter) -> Iterator[OpenPage]:
        """A page that hears of changes until it leaves, falls behind, or the service stops."""
        page = OpenPage(language, wanted)
        self._pages.add(page)
        self._wake.set()
        if self._task is None:
            self._task = asyncio.create_task(self._serve(), name="live pages")
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
        """Until the last page has gone, or the changes can't be followed."""
        try:
            changes = aiter(self._desk.changes())
            await anext(changes, None)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._collect(changes))
                tasks.create_task(self._draw())
        except Exception as error:
            self._say_once(error)
        finally:
            if self._task is asyncio.current_task():
                self._task = None
                self._end_pages()

    def _say_once(self, error: Exception) -> None:
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        if self._fault != (fault := repr(error)):
            self._fault = fault
            ours = isinstance(error, BuzonError)
            log.warning("live pages wait", why=str(error), exc_info=None if ours else error)

    async def _collect(self, changes: AsyncIterator[Sequence[int]]) -> None:
        async for ids in changes:
            if not ids:
                for page in self._pages:
                    page.is_new = True
            self._pending.update(ids)
            if len(self._pending) > KEPT_CHANGES:
                self._pending = set(sorted(self._pending)[-KEPT_CHANGES:])
                for page in self._pages:
                    page.is_new = True
            self._wake.set()
        raise DatabaseError("The stream of changes has ended.")

    async def _draw(self) -> None:
        self._shown.clear()
        while True:
            self._wake.clear()
            new = [page for page in self._pages if page.is_new]
            await self._draw_newest(new)
            await self._draw_changes()
            await self._draw_status(new)
            self._fault = ""
            await asyncio.sleep(PAUSE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), STATUS_EVERY)

    async def _draw_newest(self, pages: Sequence[OpenPage]) -> None:
        """What a stream begins with: changes since the page was made, or while it was away."""
        for page in pages:
            page.is_new = False
        for wanted in {page.wanted for page in pages}:
            events = await self._desk.newest(PAGE_SIZE, wanted)
            alike = [page for page in pages if page.wanted == wanted]
            await self._hand_out("newest", alike, events)

    async def _draw_changes(self) -> None:
        ids = sorted(self._pending, reverse=True)[: PAGE_SIZE * 2]
        if not ids:
            return
        self._pending.difference_update(ids)
        if self._pending:
            self._wake.set()
        events = await self._desk.some(ids)
        for wanted in {page.wanted for page in self._pages}:
            alike = [page for page in self._pages if page.wanted == wanted]
            taken = [event for event in events if takes(wanted, event)]
            others = [event for event in events if not takes(wanted, event)]
            await self._hand_out("rows", alike, taken)
            await self._hand_out("others", alike, others)

    async def _draw_status(self, new: Sequence[OpenPage]) -> None:
        status = await self._desk.status()
        for language in {page.language for page in self._pages}:
            strip = frame("status", self._render.page(language, "status.html", status=status))
            changed = self._shown.get(language) != strip
            self._shown[language] = strip
            for page in self._pages:
                if page.language == language and (changed or page in new):
                    page.put(strip)

    async def _hand_out(
        self, name: str, pages: Iterable[OpenPage], events: Sequence[Event]
    ) -> None:
        if name != "newest" and not events:
            return
        categories = await self._desk.categories()
        drawn: dict[str, bytes] = {}
        for page in pages:
            if page.language not in drawn:
                rows = self._render.rows(page.language, events, categories)
                drawn[page.language] = frame(name, rows)
            page.put(drawn[page.language])


def frame(event: str, data: str) -> bytes:
    """A server-sent event (WHATWG HTML, section 9.2.6). Any line end of the data ends a field."""
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "".join((f"event: {event}\n", *(f"data: {line}\n" for line in lines), "\n")).encode()

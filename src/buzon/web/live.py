"""What changes is drawn once for each language and handed to every open page.

Each stream begins with the newest mails, so that whoever comes back has missed nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from buzon.errors import DatabaseError
from buzon.records import Event
from buzon.store.filters import Filter
from buzon.web.open_pages import OpenPage, OpenPages, frame
from buzon.web.ports import Desk
from buzon.web.render import Renderer
from buzon.web.view import takes

PAGE_SIZE = 50  # rows
KEPT_CHANGES = 2000  # that wait to be drawn; where they are more, pages begin anew
PAUSE = 0.2  # seconds between two drawings: a burst of mails is drawn five times a second
STATUS_EVERY = 5.0  # seconds


class OpenList(OpenPage):
    """A list that somebody has open, and which mails it lists."""

    def __init__(self, language: str, wanted: Filter) -> None:
        super().__init__(language)
        self.wanted = wanted


class Live(OpenPages[OpenList]):
    """All open lists of this process."""

    kind = "live pages"

    def __init__(self, desk: Desk, render: Renderer) -> None:
        super().__init__()
        self._desk = desk
        self._render = render
        self._pending: set[int] = set()
        self._wake = asyncio.Event()
        self._shown: dict[str, bytes] = {}  # the status strip, by language

    @contextmanager
    def open(self, language: str, wanted: Filter) -> Iterator[OpenPage]:
        """A page that hears of changes until it leaves, falls behind, or the service stops."""
        self._wake.set()
        with self._opened(OpenList(language, wanted)) as page:
            yield page

    async def _follow(self) -> None:
        changes = aiter(self._desk.changes())
        await anext(changes, None)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._collect(changes))
            tasks.create_task(self._draw())

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

    async def _draw_newest(self, pages: Sequence[OpenList]) -> None:
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

    async def _draw_status(self, new: Sequence[OpenList]) -> None:
        status = await self._desk.status()
        for language in {page.language for page in self._pages}:
            strip = frame("status", self._render.page(language, "status.html", status=status))
            changed = self._shown.get(language) != strip
            self._shown[language] = strip
            for page in self._pages:
                if page.language == language and (changed or page in new):
                    page.put(strip)

    async def _hand_out(
        self, name: str, pages: Iterable[OpenList], events: Sequence[Event]
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

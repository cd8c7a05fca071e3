"""The open dashboards hear of new figures, at most once a second.

The figures of a period are asked for and drawn once, however many have it open. When the changes
can't be followed, the streams end; the browsers come back by themselves.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager

import structlog

from buzon.errors import BuzonError, Invalid, gist
from buzon.flow import pulse
from buzon.store.filters import Filter
from buzon.web.charts import Charts
from buzon.web.live import OpenPage, frame
from buzon.web.period import Period
from buzon.web.ports import Desk
from buzon.web.render import Renderer
from buzon.web.words import titles

log = structlog.get_logger()

PAUSE = 1.0  # seconds between two drawings
LONGEST = 5.0  # seconds until one who has just come is drawn
AFRESH = 60.0  # seconds after which all is drawn: hours and days pass by themselves


class OpenBoard(OpenPage):
    """A dashboard that somebody has open: what it shows, and what was last sent."""

    def __init__(self, language: str, period: Period, names: Sequence[str]) -> None:
        super().__init__(language, Filter())
        self.period = period
        self.names = tuple(names)
        self.shown = b""

    def show(self, drawn: bytes) -> None:
        self.is_new = False
        if drawn != self.shown:
            self.shown = drawn
            self.put(drawn)


class Board:
    """All open dashboards of this process."""

    def __init__(self, desk: Desk, render: Renderer) -> None:
        self._desk = desk
        self._render = render
        self._pages: set[OpenBoard] = set()
        self._task: asyncio.Task[None] | None = None
        self._fault = ""
        self.closed = False

    @contextmanager
    def open(self, language: str, period: Period, names: Sequence[str]) -> Iterator[OpenPage]:
        """A page that hears of the figures until it leaves, falls behind, or the service stops."""
        page = OpenBoard(language, period, names)
        self._pages.add(page)
        if self._task is None:
            self._task = asyncio.create_task(self._serve(), name="dashboards")
        try:
            yield page
        finally:
            self._pages.discard(page)
            if not self._pages:
                self._stop()

    def close(self) -> None:
        """End every stream and take no new ones."""
        self.closed = True
        self._end_pages()
        self._stop()

    def _stop(self) -> None:
        if self._task:
            self._task.cancel()
        self._task = None

    def _end_pages(self) -> None:
        for page in self._pages:
            page.ended.set()

    async def _serve(self) -> None:
        try:
            await self._follow()
        except Exception as error:
            if self._fault != (fault := gist(error)):
                self._fault = fault
                ours = isinstance(error, BuzonError)
                log.warning("dashboards wait", why=str(error), exc_info=None if ours else error)
        finally:
            if self._task is asyncio.current_task():
                self._task = None
                self._end_pages()

    async def _follow(self) -> None:
        drawn = 0.0
        changes = aiter(self._desk.changes())
        async with aclosing(pulse(changes, pause=PAUSE, at_least=LONGEST)) as beats:
            async for news in beats:
                now = asyncio.get_running_loop().time()
                everybody = news or now - drawn > AFRESH
                drawn = now if everybody else drawn
                await self._draw([p for p in self._pages if everybody or p.is_new])
                self._fault = ""

    async def _draw(self, pages: Sequence[OpenBoard]) -> None:
        frames: dict[tuple[str, Period, tuple[str, ...]], bytes] = {}
        for page in pages:
            what = page.language, page.period, page.names
            try:
                if what not in frames:
                    frames[what] = frame("figures", await self._figures(*what))
                page.show(frames[what])
            except Invalid:  # with time a period can become too long; the others go on
                page.ended.set()

    async def _figures(self, language: str, period: Period, names: Sequence[str]) -> str:
        found = await self._desk.statistics(period.wanted)
        categories = await self._desk.categories()
        charts = Charts(found, language, titles(categories, language))
        return self._render.page(
            language,
            "figures.html",
            categories=categories,
            found=found,
            period=period,
            charts=[charts.one(name) for name in names],
        )

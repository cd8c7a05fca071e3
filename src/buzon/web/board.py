"""The open dashboards hear of new figures, at most once a second.

The figures of a period are asked for and drawn once, however many have it open.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager

from buzon.errors import Invalid
from buzon.flow import pulse
from buzon.web.charts import Charts
from buzon.web.open_pages import OpenPage, OpenPages, frame
from buzon.web.period import Period
from buzon.web.ports import Desk
from buzon.web.render import Renderer
from buzon.web.words import titles

PAUSE = 1.0  # seconds between two drawings
LONGEST = 5.0  # seconds until one who has just come is drawn
AFRESH = 60.0  # seconds after which all is drawn: hours and days pass by themselves


class OpenBoard(OpenPage):
    """A dashboard that somebody has open: what it shows, and what was last sent."""

    def __init__(self, language: str, period: Period, names: Sequence[str]) -> None:
        super().__init__(language)
        self.period = period
        self.names = tuple(names)
        self.shown = b""

    def show(self, drawn: bytes) -> None:
        self.is_new = False
        if drawn != self.shown:
            self.shown = drawn
            self.put(drawn)


class Board(OpenPages[OpenBoard]):
    """All open dashboards of this process."""

    kind = "dashboards"

    def __init__(self, desk: Desk, render: Renderer) -> None:
        super().__init__()
        self._desk = desk
        self._render = render

    @contextmanager
    def open(self, language: str, period: Period, names: Sequence[str]) -> Iterator[OpenPage]:
        """A page that hears of the figures until it leaves, falls behind, or the service stops."""
        with self._opened(OpenBoard(language, period, names)) as page:
            yield page

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

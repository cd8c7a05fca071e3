"""A browser that notes everything a page asks for and complains of."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, Request, Route, expect, sync_playwright

from buzon.web.context import COOKIE
from peers import find
from web.fake_people import SESSION
from web.site import Site

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# The layout's shifts that nobody's hand has caused, added up (web.dev/cls).
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.hadRecentInput ? 0 : entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium without what it is framed by: that took twice as long as the pages themselves."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find("chromium-headless-shell"), args=SWITCHES
        )
        yield browser
        browser.close()


class Watched:
    """A page whose every request and complaint is noted."""

    def __init__(
        self,
        browser: Browser,
        site: Site,
        width: int,
        theme: str,
        locale: str = "en-GB",
        session: str = SESSION,
    ) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,  # type: ignore[arg-type]
            locale=locale,
        )
        self.site = site
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page = self.context.new_page()
        self.page.on("console", lambda said: self._hear(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)
        self.context.add_cookies([{"name": COOKIE, "value": session, "url": site.url}])
        self.page.goto(site.url)
        expect(self.page.locator("#line")).to_have_text(re.compile("Live|En directo"))

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:")):
            self.foreign.append(request.url)


def intercept(page: Page, pattern: str, handle: Callable[[Route], None]) -> None:
    """Let a test decide what becomes of the requests that fit the pattern.

    The page is loaded again: Chromium tells a page that is open already of it by the way, and on a
    busy machine the next request went past it.
    """
    page.route(pattern, handle)
    page.reload()
    expect(page.locator("#line")).to_have_text(re.compile("Live|En directo"))

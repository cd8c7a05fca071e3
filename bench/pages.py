"""Every page in headless Chromium, wide and narrow: when something is first seen, and whether
anything moves after that. Over a desk in memory, and over Buzón itself with sample mails."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, Page

from bench.lab import Lab, wait
from bench.report import AT_MOST, Report
from buzon.web.context import COOKIE
from peers.service import Service
from web.fake_desk import FakeDesk, make_event, unanswered
from web.fake_people import SESSION
from web.site import running
from web.watched import chromium

WIDTHS = (1440, 390)
ROUNDS, QUICK_ROUNDS = 3, 1
MAILS = 200
SETTLED = 1500  # milliseconds after loading, in which late things come
FIRST_PAINT, SHIFT = 0.5, 0.0  # seconds, and of the window
LIMITS = (
    ("painted at first", "s", FIRST_PAINT),
    ("painted", "s", FIRST_PAINT),
    ("shifted", "", SHIFT),
)
PATHS = (
    "/", "/?q=cajas", "/mails/{mail}", "/review", "/dashboard", "/dashboard/mails",
    "/dashboard?wall=1", "/answers", "/answers/pedido/es", "/model", "/model/{version}", "/account",
    "/settings", "/settings/categories", "/settings/categories/pedido", "/settings/mailboxes",
    "/settings/people", "/settings/tokens", "/settings/log", "/set-up", "/outbox", "/quarantine",
)  # fmt: skip

# Shifts that follow what somebody did within half a second are no shifts (web.dev/articles/cls).
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    const what = entry.sources.map(({ node }) => node?.id || node?.className || node?.nodeName);
    window.shifts.push([entry.value, what.join(", ")]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
PASSWORD = "siete cajas azules"


@dataclass(frozen=True, slots=True)
class Seen:
    """A page that was loaded: seconds until something was seen, how much moved, and what."""

    painted: float
    shifted: float
    moved: str


def measure(lab: Lab) -> Report:
    rounds = QUICK_ROUNDS if lab.quick else ROUNDS
    found = Report("Pages in headless Chromium: first contentful paint, layout shift")
    with chromium() as browser:
        for name, opened in (("in memory", in_memory), ("Buzón", itself)):
            with opened(lab, browser) as (url, cookie, places):
                for width in WIDTHS:
                    visit(found, browser, url, cookie, places, width, rounds, name)
    for kind, unit, limit in LIMITS:
        worst = max(found.details, key=lambda row: float(str(row[kind])))
        page = f"{worst['over']} {worst['width']} {worst['page']}"
        found.add(f"{kind}, at worst: {page}", float(str(worst[kind])), unit, AT_MOST, limit)
    found.notes.append(
        f"Medians of {rounds} loads: at first in a browser that has none of the files, then in one"
        " that has them. What shifts is looked for in the first of each, for"
        f" {SETTLED / 1000} s."
    )
    return found


def visit(
    found: Report,
    browser: Browser,
    url: str,
    cookie: str,
    places: dict[str, str],
    width: int,
    rounds: int,
    name: str,
) -> None:
    """Load each page, and write down how it went."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="es-ES")
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": url}])
    context.add_init_script(WATCH)
    page = context.new_page()
    for path in PATHS:
        address = url + path.format(**places)
        first = [load_anew(page, address, settled=n == 0) for n in range(rounds)]
        loads = [load(page, address, settled=n == 0) for n in range(rounds)]
        moved = {one.moved for one in [*first, *loads] if one.moved}
        found.details.append({
            "over": name,
            "width": width,
            "page": path,
            "painted at first": median(one.painted for one in first),
            "painted": median(one.painted for one in loads),
            "shifted": max(one.shifted for one in [*first, *loads]),
            "what moved": "; ".join(sorted(moved)),
        })  # fmt: skip
    context.close()


def load_anew(page: Page, address: str, *, settled: bool) -> Seen:
    """As in a browser that was never here."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.clearBrowserCache")
    devtools.detach()
    return load(page, address, settled=settled)


def load(page: Page, address: str, *, settled: bool) -> Seen:
    """`settled`: with what comes late, which would make each load take seconds."""
    page.goto("about:blank")  # what the page before still draws would count for this one
    page.goto(address)
    wait(lambda: page.evaluate(PAINTED) is not None, SETTLED / 1000, pause=0.02)
    if settled:
        page.wait_for_timeout(SETTLED)
    shifts, painted = page.evaluate("window.shifts"), page.evaluate(PAINTED)
    return Seen(painted / 1000, sum(value for value, _ in shifts), "; ".join(w for _, w in shifts))


@contextmanager
def in_memory(_lab: Lab, _browser: Browser) -> Iterator[tuple[str, str, dict[str, str]]]:
    mails = [make_event(id, needs_review=id < 9) for id in range(1, 60)]
    with running(FakeDesk([*mails, unanswered(60)])) as site:
        yield site.url, SESSION, {"mail": "4", "version": "starter-1"}


@contextmanager
def itself(lab: Lab, browser: Browser) -> Iterator[tuple[str, str, dict[str, str]]]:
    service = lab.service(lab.new_folder("pages"))
    service.start()
    try:
        cookie = signed_in(service, browser)
        service.run("simulate", "--rate", "50", "--count", str(MAILS))
        yield service.url, cookie, places_of(service, browser, cookie)
    finally:
        service.stop()


def signed_in(service: Service, browser: Browser) -> str:
    """Make the first administrator; their session."""
    page = browser.new_page()
    page.goto(service.sign_in_link)
    fields = {"email": "ana@example.com", "name": "Ana Ruiz", "password": PASSWORD}
    for name, value in {**fields, "again": PASSWORD}.items():
        page.locator(f"#{name}").fill(value)
    page.keyboard.press("Enter")
    page.locator(".user").wait_for()
    cookie = next(c["value"] for c in page.context.cookies() if c["name"] == COOKIE)
    page.close()
    return cookie


def places_of(service: Service, browser: Browser, cookie: str) -> dict[str, str]:
    """A mail and the version at work, once the mails are there."""
    context = browser.new_context()
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": service.url}])
    page = context.new_page()
    page.goto(service.url)
    wait(lambda: page.locator(".row").count() >= 50, 60)
    mail = page.locator(".row").first.get_attribute("data-id") or ""
    page.goto(f"{service.url}/model")
    link = page.locator(".figure a").first.get_attribute("href") or ""
    context.close()
    return {"mail": mail, "version": re.sub(r"^/model/", "", link)}

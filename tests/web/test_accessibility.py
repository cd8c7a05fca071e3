"""WCAG 2.2 AA on every page, in both themes and languages, wide and narrow (axe-core), and at any
zoom (its criterion 1.4.10)."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from web.fake_desk import ATTACHMENT, FakeDesk, make_event, unanswered
from web.fake_people import EVAS_LINK, LUIS
from web.fake_post import make_box
from web.letters import make_raw
from web.site import Site, running
from web.watched import Watched

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Each width in both themes and languages, and each theme in both languages.
LOOKS = [
    (1440, "light", "es-ES"),
    (1440, "dark", "en-GB"),
    (390, "light", "en-GB"),
    (390, "dark", "es-ES"),
]
SIZES = [(2560, 1440), (720, 450), (320, 256)]  # wide; 1440 by 900 at 200%; 1280 by 1024 at 400%
PATHS = [
    "/",
    "/?q=cajas&category=pedido&period=7",
    "/?q=nada",
    "/mails/1",
    "/mails/4",
    "/mails/1/source",
    "/review",
    "/dashboard",
    "/dashboard/mails",
    "/dashboard?wall=1&dark=1",
    "/answers",
    "/answers/pedido/es",
    "/model",
    "/model/starter-1",
    "/model/compare?left=starter-1&right=own-2",
    "/model/compare?left=starter-1&right=own-2&anew=true",
    "/account",
    "/settings/people",
    "/settings/people/2/sessions",
    "/settings/tokens",
    "/settings",
    "/settings/categories",
    "/settings/categories/consulta",
    "/settings/sending",
    "/settings/mailboxes",
    "/settings/mailboxes/new",
    "/settings/mailboxes/edit?name=ventas@example.com",
    "/settings/providers",
    "/settings/webhooks",
    "/settings/webhooks/new",
    "/settings/webhooks/3",
    "/settings/data",
    "/settings/log",
    "/set-up",
    "/outbox",
    "/quarantine",
    "/no-such-page",
]


DIALOGS = [
    "/?category=pedido",
    "/review",
    "/dashboard",
    "/model/own-2",
    "/settings/categories/consulta",
    "/settings/tokens",
    "/settings/mailboxes",
    "/settings/webhooks/3",
    "/quarantine",
]


@pytest.fixture(scope="module")
def full() -> Iterator[Site]:
    """A desk with a bit of everything."""
    desk = FakeDesk(
        [
            make_event(1, needs_review=True, attachments=(ATTACHMENT,)),
            make_event(2, true_label="otro", audited=True),
            unanswered(3),
            make_event(4, true_label="pedido"),
        ]
    )
    desk.provided_by, desk.elsewhere = "Casa", {LUIS.id}
    desk.compare_with_another()
    desk.inboxes.append(make_box("ventas@example.com"))
    desk.raws[1] = make_raw()
    for id in (1, 2):
        desk.park(id, make_raw())
    with running(desk) as site:
        yield site


@pytest.fixture(params=LOOKS, ids=lambda look: "-".join(map(str, look)))
def seen(request: pytest.FixtureRequest, browser: Browser, full: Site) -> Iterator[Watched]:
    watched = Watched(browser, full, *request.param)
    yield watched
    watched.context.close()


def faults(page: Page) -> list[str]:
    """What axe finds on a page as it is, by all of its rules."""
    options = {"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{fault['id']}: {node['html'][:120]}" for fault in found for node in fault["nodes"]]


def faults_at(watched: Watched, *paths: str) -> dict[str, list[str]]:
    found = {}
    for path in paths:
        watched.page.goto(watched.site.url + path)
        found[path] = faults(watched.page)
    return {path: told for path, told in found.items() if told}


def test_no_page_has_a_fault_that_axe_finds(seen: Watched) -> None:
    assert faults_at(seen, *PATHS) == {}


def test_nor_has_the_way_in(seen: Watched) -> None:
    seen.context.clear_cookies()
    assert faults_at(seen, "/sign-in", f"/sign-in/{EVAS_LINK}", "/sign-in/old") == {}


@pytest.mark.parametrize("opener", [".filter-button", ".keys-button", "#event-3 .row-select input"])
def test_nor_has_what_opens_on_a_page(seen: Watched, opener: str) -> None:
    seen.page.locator(opener).evaluate("opener => opener.click()")
    assert faults(seen.page) == []


def test_nor_has_any_dialog(seen: Watched) -> None:
    """What asks before it does something, the sheet of keys, the filter, the choice of a period."""
    found, opened = {}, 0
    for path in DIALOGS:
        seen.page.goto(seen.site.url + path)
        for id in seen.page.locator("[popover]").evaluate_all("all => all.map(one => one.id)"):
            dialog = seen.page.locator(f"[id='{id}']")
            dialog.evaluate("dialog => dialog.showPopover()")
            opened += 1
            if told := faults(seen.page):
                found[path, id] = told
            dialog.evaluate("dialog => dialog.hidePopover()")
    assert opened > len(DIALOGS)
    assert found == {}


def test_nor_has_an_open_mail_with_its_words_marked_and_what_was_just_done(seen: Watched) -> None:
    page = seen.page
    page.goto(seen.site.url)
    page.locator("#event-3 .row-subject").click()
    page.locator("#words-switch").click()
    expect(page.locator("#words-switch")).to_have_attribute("aria-pressed", "true")
    assert faults(page) == []
    page.locator("#say-otro").click()
    expect(page.locator(".toast-text")).to_be_visible()
    assert faults(page) == []
    page.locator(".toast-undo").click()
    expect(page.locator(".toast-undo")).to_have_count(0)
    assert faults(page) == []


def test_nor_has_a_conversation_unfolded(seen: Watched) -> None:
    seen.page.goto(f"{seen.site.url}/mails/4")
    for summary in seen.page.locator("#pane details:not([open]) > summary").all():
        summary.evaluate("summary => summary.click()")
    expect(seen.page.locator(".unfolded.htmx-request")).to_have_count(0)
    assert faults(seen.page) == []


def test_nor_has_what_goes_wrong(seen: Watched) -> None:
    seen.page.goto(f"{seen.site.url}/mails/4")
    seen.context.set_offline(True)
    seen.page.locator("#say-otro").evaluate("button => button.click()")
    expect(seen.page.locator("#notice")).not_to_be_empty()
    assert faults(seen.page) == []


# What can't be read where the window is this wide: outside of it, or of what holds it, where
# neither can be scrolled to and no … says that there is more.
CUT = """
() => {
  const scrolls = document.documentElement.scrollWidth > innerWidth ? ["the page scrolls"] : [];
  const leftOut = (element) => {
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || element.closest(".unseen")) return false;
    for (let around = element; around; around = around.parentElement) {
      const style = getComputedStyle(around);
      if (style.overflowX === "visible") continue;
      if (style.overflowX !== "hidden" && style.overflowX !== "clip") return false;
      if (style.textOverflow === "ellipsis") return false;
      const bounds = around.getBoundingClientRect();
      if (box.right > bounds.right + 1 || box.left < bounds.left - 1) return true;
    }
    return box.right > innerWidth + 1 || box.left < -1;
  };
  const speaks = (element) =>
    element.matches("input, select, textarea, button") ||
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const cut = [...document.querySelectorAll("body *")].filter(
    (element) => speaks(element) && element.checkVisibility() && leftOut(element));
  return scrolls.concat(cut.map((element) => element.outerHTML.slice(0, 120)));
}
"""


def test_at_any_width_and_zoom_no_page_scrolls_sideways_and_nothing_is_cut(
    browser: Browser, full: Site
) -> None:
    watched = Watched(browser, full, 1440, "light", "es-ES")
    page, found = watched.page, {}
    for path in PATHS:
        page.goto(full.url + path)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            if told := page.evaluate(CUT):
                found[path, width] = told
    watched.context.close()
    assert found == {}

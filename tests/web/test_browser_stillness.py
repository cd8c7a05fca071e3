"""Nothing jumps while a page loads, and nothing moves for who wants that, in Debian's Chromium."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from buzon.web import MailboxState
from buzon.web.context import COOKIE
from web.fake_desk import make_event, unanswered
from web.fake_people import SESSION
from web.site import Site
from web.watched import SHIFTS, Watched

# Those where something is drawn, asked for or told after the page itself, or whose columns follow
# what stands in them.
PATHS = [
    "/",
    "/?q=cajas&category=pedido",
    "/mails/3",
    "/review",
    "/dashboard",
    "/dashboard/mails",
    "/answers",
    "/answers/pedido/es",
    "/model",
    "/settings/data",
    "/settings/categories",
    "/settings/log",
    "/quarantine",
]
# What moves by itself, or would if something of it changed.
MOVING = """
() => [...document.querySelectorAll("body, body *")].filter((element) => {
  const { animationName, animationDuration, transitionDuration } = getComputedStyle(element);
  const lasts = (times) => times.split(", ").some((time) => parseFloat(time) > 0);
  return lasts(transitionDuration) || (animationName !== "none" && lasts(animationDuration));
}).map((element) => element.outerHTML.slice(0, 120))
"""
HEIGHTS = "[...document.querySelectorAll('.row')].map((row) => row.getBoundingClientRect().height)"


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_jumps_however_slowly_a_page_comes(
    browser: Browser, slow_site: Site, path: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.add_cookies([{"name": COOKIE, "value": SESSION, "url": slow_site.url}])
    page = context.new_page()
    for _ in ("at first", "with its files at hand"):
        page.goto(slow_site.url + path)
        assert page.evaluate(SHIFTS) == 0
    context.close()


def test_nothing_jumps_while_mails_and_the_service_change(site: Site, watched: Watched) -> None:
    page, desk = watched.page, site.desk
    unread = unanswered(2, received_at=desk.events[2].received_at)
    site.do(desk.keep, unread, replace(desk.events[3], true_label="reclamacion"))
    expect(page.locator("#event-2 .unanswered")).to_be_visible()
    expect(page.locator("#event-3 .row-category")).to_have_text("Complaint")
    for waiting in (1, 3, 0):
        mails = [replace(desk.events[id], needs_review=id <= waiting) for id in (1, 2, 4)]
        site.do(desk.keep, *mails)
        expect(page.locator("#to-review")).to_have_text(str(min(waiting, 2) or ""))
    for state, told in (("starting", "soporte: connecting"), ("reading", "soporte")):
        desk.state = replace(desk.state, mailboxes=(MailboxState("soporte", state),))
        site.do(desk.keep, desk.events[1])
        expect(page.locator(".state", has_text="soporte")).to_have_attribute("title", told)
    assert page.evaluate(SHIFTS) == 0


def test_mails_that_are_not_near_take_the_room_that_they_will_need(site: Site, page: Page) -> None:
    for id in range(6, 46):
        site.desk.events[id] = make_event(id)
    page.reload()
    heights = page.evaluate(HEIGHTS)
    assert len(heights) == 45
    assert max(heights) - min(heights[:-1]) < 0.5  # pixels; the last has no line below it


def test_for_who_wants_less_motion_nothing_moves(site: Site, watched: Watched) -> None:
    page = watched.page
    assert page.evaluate(MOVING)  # for everybody else a row lights up, softly
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    expect(page.locator("#line")).to_have_text("Live")
    site.do(site.desk.keep, make_event(9))
    expect(page.locator(".row.arrived")).to_have_count(1)
    page.locator(".row-select").first.click()
    expect(page.locator("#bulk")).to_be_visible()
    assert page.evaluate(MOVING) == []

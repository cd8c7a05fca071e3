"""Nothing jumps while a page loads, and nothing moves for who wants that, in Debian's Chromium."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from web.fake_desk import make_event
from web.site import Site
from web.watched import SHIFTS, Watched

# Those where something is drawn, asked for or told after the page itself.
PATHS = [
    "/",
    "/?q=cajas&category=pedido",
    "/mails/3",
    "/review",
    "/dashboard",
    "/answers/pedido/es",
    "/model",
    "/settings/data",
    "/settings/categories",
]
# What moves by itself, or would if something of it changed.
MOVING = """
() => [...document.querySelectorAll("body, body *")].filter((element) => {
  const { animationName, animationDuration, transitionDuration } = getComputedStyle(element);
  const lasts = (times) => times.split(", ").some((time) => parseFloat(time) > 0);
  return lasts(transitionDuration) || (animationName !== "none" && lasts(animationDuration));
}).map((element) => element.outerHTML.slice(0, 120))
"""


@pytest.mark.parametrize("path", PATHS)
def test_nothing_jumps_while_a_page_is_loaded(site: Site, page: Page, path: str) -> None:
    site.desk.events[3] = replace(site.desk.events[3], needs_review=True)
    page.goto(site.url + path)
    assert page.evaluate(SHIFTS) == 0


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

"""The review page while others work too, in Debian's Chromium."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from peers.scene import wait_until
from web.fake_desk import FakeDesk, make_event
from web.site import Site, running
from web.watched import Watched, intercept


@pytest.fixture
def site() -> Iterator[Site]:
    with running(FakeDesk([make_event(id, needs_review=True) for id in (1, 2, 3)])) as site:
        yield site


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    watched = Watched(browser, site, 1440, "light")
    watched.page.goto(f"{site.url}/review")
    expect(watched.page.locator("#line")).to_have_text("Live")
    yield watched.page
    watched.context.close()
    assert watched.complaints == []


def is_open(page: Page, id: int) -> None:
    expect(page.locator(".mail")).to_have_attribute("data-id", str(id))


def somebody_labels(site: Site, id: int, who: str = "Luis") -> None:
    event = site.desk.events[id]
    site.desk.note_label(event, "consulta", who)
    site.do(site.desk.keep, replace(event, true_label="consulta", needs_review=False))


def test_what_somebody_else_says_of_the_open_mail_is_told_and_one_goes_on(
    site: Site, page: Page
) -> None:
    is_open(page, 1)
    somebody_labels(site, 1)
    expect(page.locator("#held")).to_contain_text("Luis has said meanwhile that this is “Query”.")
    expect(page.locator("#verdict")).to_contain_text("A person corrected it")
    expect(page.locator("#review-figures")).to_contain_text("2 wait")
    page.keyboard.press("j")
    is_open(page, 2)
    expect(page.locator("#held")).to_be_empty()
    expect(page.locator("#line")).to_have_text("Live")
    assert site.desk.later == set()


def test_what_waits_and_the_progress_follow_without_a_reload(site: Site, page: Page) -> None:
    expect(page.locator("#review-figures")).to_contain_text("3 wait")
    site.do(site.desk.keep, make_event(4, needs_review=True))
    expect(page.locator("#review-figures")).to_contain_text("4 wait")
    expect(page.locator("#to-review")).to_have_text("4")
    is_open(page, 1)


def test_who_has_seen_all_gets_the_next_mail_when_it_comes(site: Site, page: Page) -> None:
    for id in (1, 2, 3):
        is_open(page, id)
        page.keyboard.press("1")
    expect(page.get_by_role("heading", name="No mail waits")).to_be_visible()
    site.do(site.desk.keep, make_event(4, needs_review=True))
    is_open(page, 4)


def test_what_was_asked_for_a_mail_that_is_done_with_is_dropped(site: Site, page: Page) -> None:
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    intercept(page, "**/mails/3", hold)
    for id in (1, 2):
        is_open(page, id)
        page.keyboard.press("1")
    is_open(page, 3)
    with page.expect_request("**/mails/3"):
        site.do(site.desk.keep, site.desk.events[3])
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="No mail waits")).to_be_visible()
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/mails/3")):
        for route in late:
            route.continue_()
    page.wait_for_load_state("networkidle")


def test_the_mail_is_held_when_the_page_opens_and_given_back_when_it_is_left(
    site: Site, page: Page
) -> None:
    with page.expect_request("**/review/1/hold"):
        page.reload()
    with page.expect_response("**/review/1/hold"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert set(site.desk.held) == {1}
    site.desk.given_back.clear()
    page.get_by_role("link", name="Dashboard").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    wait_until(lambda: site.desk.given_back == [1], "the mail to be given back")

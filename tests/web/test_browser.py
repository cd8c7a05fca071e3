"""What people see, in Debian's Chromium."""

import re
from dataclasses import replace

from playwright.sync_api import Browser, Page, expect

from web.fake_desk import FakeDesk, make_event, make_reply, unanswered
from web.site import Site, running
from web.watched import Watched


def test_a_mail_arrives_while_the_page_is_open(site: Site, page: Page) -> None:
    page.evaluate("window.sameDocument = true")
    site.do(site.desk.keep, make_event(6, subject="Llega ahora mismo"))
    expect(page.locator(".row").first).to_contain_text("Llega ahora mismo", timeout=1000)
    assert page.evaluate("window.sameDocument")


def test_an_answer_that_goes_out_is_seen_in_the_list_and_in_the_open_mail(
    site: Site, page: Page
) -> None:
    queued = make_event(6, reply=make_reply(status="queued"))
    site.do(site.desk.keep, queued)
    page.locator("#event-6 a").click()
    expect(page.locator("#answer")).to_contain_text("Waiting to be sent")
    sent = make_reply(status="sent", detail="250 2.0.0 Ok: queued as 4F", attempts=1)
    site.do(site.desk.keep, replace(queued, reply=sent))
    expect(page.locator("#answer")).to_contain_text("250 2.0.0 Ok")
    expect(page.locator("#event-6 .outcome")).to_have_text("Answered")
    expect(page.locator("#event-6 a")).to_have_attribute("aria-current", "true")


def test_a_mail_is_opened_and_closed_and_back_goes_back(site: Site, page: Page) -> None:
    page.locator("#event-4 a").click()
    expect(page).to_have_url(f"{site.url}/mails/4")
    expect(page.locator(".mail h2")).to_have_text("Pedido de veinte cajas 4")
    page.go_back()
    expect(page.locator(".mail")).to_have_count(0)
    expect(page.locator(".row")).to_have_count(5)
    page.go_forward()
    expect(page.locator(".mail h2")).to_have_text("Pedido de veinte cajas 4")
    page.reload()
    expect(page.locator(".mail h2")).to_have_text("Pedido de veinte cajas 4")
    page.keyboard.press("Escape")
    expect(page.locator(".mail")).to_have_count(0)
    expect(page).to_have_url(f"{site.url}/")


def test_a_click_anywhere_on_a_row_opens_its_mail(page: Page) -> None:
    for place in (".outcome", ".bar", "time", ".category"):
        page.locator(f"#event-3 {place}").click(force=True)
        expect(page.locator(".mail h2")).to_have_text("Pedido de veinte cajas 3")
        page.keyboard.press("Escape")
        expect(page.locator(".mail")).to_have_count(0)


def test_markup_in_a_mail_that_arrives_live_does_nothing(site: Site, page: Page) -> None:
    evil = (
        "<img src='https://tracker.example/x' onerror='window.hacked=1'><script>hacked=1</script>"
    )
    site.do(site.desk.keep, unanswered(6, subject=evil, body=evil, sender_name=evil))
    expect(page.locator("#event-6 .subject")).to_have_text(evil)
    page.locator("#event-6 a").click()
    expect(page.locator(".mail .text").first).to_have_text(evil)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0


def test_nothing_is_wider_than_the_page(site: Site, page: Page) -> None:
    site.do(site.desk.keep, make_event(6, subject="x" * 500, body="y" * 5000, sender="z" * 300))
    page.locator("#event-6 a").click()
    expect(page.locator(".mail")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("pane.scrollWidth <= pane.clientWidth")


def test_the_copy_of_a_mail_is_not_left_in_the_browser(page: Page) -> None:
    page.locator("#event-4 a").click()
    expect(page.locator(".mail")).to_be_visible()
    page.go_back()
    expect(page.locator(".mail")).to_have_count(0)
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert "veinte cajas" not in kept


def test_an_empty_list_fills_by_itself(browser: Browser) -> None:
    with running(FakeDesk()) as site:
        watched = Watched(browser, site, 1440, "light")
        expect(watched.page.get_by_text("No mail yet")).to_be_visible()
        site.do(site.desk.keep, make_event(1))
        expect(watched.page.locator(".row")).to_have_count(1)
        expect(watched.page.get_by_text("No mail yet")).to_be_hidden()
        watched.context.close()
        assert watched.complaints == []


def test_a_lost_connection_is_shown_and_mends_itself(browser: Browser, site: Site) -> None:
    watched = Watched(browser, site, 1440, "light")
    page, port = watched.page, site.port
    site.stop()
    expect(page.locator("#line")).to_have_text(re.compile("Connection lost"))
    missed = make_event(6, subject="Llegó mientras tanto")
    site.desk.events[6] = missed
    site.app.state.context.live.closed = False
    site.start(port)
    expect(page.locator("#line")).to_have_text("Live", timeout=15_000)
    expect(page.locator(".row").first).to_contain_text("Llegó mientras tanto")
    watched.context.close()


def test_who_is_signed_out_elsewhere_comes_to_the_sign_in_page(
    browser: Browser, site: Site
) -> None:
    watched = Watched(browser, site, 1440, "light")
    site.desk.sessions_of.clear()
    watched.page.locator("#event-4 a").click()
    expect(watched.page.get_by_text("Sign in to Buzón")).to_be_visible()
    watched.context.close()

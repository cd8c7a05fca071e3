"""What stays in view: places on a narrow screen, the row that was opened, what went wrong."""

from playwright.sync_api import Browser, FloatRect, Locator, expect

from web.fake_desk import FakeDesk, make_event
from web.site import Site, running
from web.watched import Watched, intercept


def box_of(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box
    return box


def test_a_phone_shows_all_places_in_a_low_header(browser: Browser, site: Site) -> None:
    watched = Watched(browser, site, 390, "light", "es-ES")
    page = watched.page
    for path in ("/", "/dashboard", "/settings"):
        page.goto(site.url + path)
        assert box_of(page.locator(".top"))["height"] < 110
        here = box_of(page.locator(".places [aria-current]"))
        assert 0 <= here["x"] <= 390 - here["width"]
    watched.context.close()


def test_a_row_stays_where_it_is_when_its_mail_is_opened_and_closed(browser: Browser) -> None:
    desk = FakeDesk([make_event(id) for id in range(1, 51)])
    with running(desk) as site:
        watched = Watched(browser, site, 1440, "light")
        page = watched.page
        page.evaluate("scrollTo(0, 900)")
        row = page.locator("#event-27 .row-subject")
        before = box_of(row)
        row.click()
        expect(page.locator(".mail h2")).to_have_text("Pedido de veinte cajas 27")
        opened = box_of(row)
        page.keyboard.press("Escape")
        expect(page.locator(".mail")).to_have_count(0)
        closed = box_of(row)
        assert max(abs(before["y"] - box["y"]) for box in (opened, closed)) < 24
        assert page.evaluate("scrollY") > 0
        watched.context.close()


def test_whichever_row_is_opened_the_toolbar_above_the_list_is_whole(browser: Browser) -> None:
    with running(FakeDesk([make_event(id) for id in range(1, 31)])) as site:
        watched = Watched(browser, site, 1440, "light", "es-ES")
        page = watched.page
        head = page.locator(".list-head")
        for id in (30, 29, 22):
            page.goto(site.url)
            row = page.locator(f"#event-{id} .row-subject")
            row.click()
            expect(page.locator(".mail")).to_have_attribute("data-id", str(id))
            top = box_of(page.locator(".top"))["height"]
            assert box_of(head)["y"] == top
            assert box_of(row)["y"] > top + box_of(head)["height"]
        watched.context.close()


def test_on_a_phone_the_state_of_the_service_is_read_whole(browser: Browser, site: Site) -> None:
    for locale, text in (("en-GB", "Nothing is sent"), ("es-ES", "No se envía nada")):
        watched = Watched(browser, site, 390, "dark", locale)
        state = watched.page.get_by_text(text)
        assert state.evaluate("state => state.scrollWidth <= state.clientWidth")
        watched.context.close()


def test_in_a_wide_window_the_open_mail_stands_in_the_middle(browser: Browser, site: Site) -> None:
    watched = Watched(browser, site, 2560, "light")
    page = watched.page
    page.goto(f"{site.url}/mails/3")
    pane = box_of(page.locator("#pane"))
    left = box_of(page.locator(".letters"))["x"] - pane["x"]
    facts = box_of(page.locator(".facts"))
    right = pane["x"] + pane["width"] - facts["x"] - facts["width"]
    assert abs(left - right) < 20
    assert box_of(page.locator(".mail-head h2"))["x"] == pane["x"] + left
    watched.context.close()


def test_a_row_to_review_shows_how_sure_the_model_was_also_beside_an_open_mail(
    browser: Browser, site: Site
) -> None:
    site.desk.events[4] = make_event(4, needs_review=True, confidence=0.4)
    watched = Watched(browser, site, 1440, "light")
    page = watched.page
    page.goto(f"{site.url}/mails/3")
    for id in (4, 5):
        expect(page.locator(f"#event-{id} .bar")).to_be_visible()
    watched.context.close()


def test_beside_an_open_mail_the_page_itself_does_not_scroll(browser: Browser, site: Site) -> None:
    watched = Watched(browser, site, 1440, "light")
    page = watched.page
    page.goto(f"{site.url}/mails/3")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    watched.context.close()


def test_what_can_t_be_done_without_a_connection_is_said(browser: Browser, site: Site) -> None:
    watched = Watched(browser, site, 1440, "light")
    page = watched.page
    intercept(page, "**/mails/5/**", lambda route: route.abort())
    page.locator("#event-5 a").click()
    expect(page.locator(".mail h2")).to_have_text("Pedido de veinte cajas 5")
    page.keyboard.press("e")
    expect(page.locator("#notice")).to_contain_text("Buzón can't be reached")
    page.unroute("**/mails/5/**")
    page.keyboard.press("e")
    expect(page.locator("#notice")).to_be_empty()
    watched.context.close()

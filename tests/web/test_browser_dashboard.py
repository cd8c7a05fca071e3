"""The dashboard in Debian's Chromium: charts, tooltips, tables, and what changes by itself."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from buzon.flow.statistics import Compared
from buzon.web.charts import TITLES
from web.fake_desk import FakeDesk, make_event
from web.fake_statistics import EMPTY, make_statistics
from web.site import Site, running
from web.watched import SHIFTS, Watched

# The pixels of a canvas that have this colour, or any where none is given.
PIXELS = """([canvas, hex]) => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  const wanted = hex && [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (wanted ? wanted.every((value, part) => data[at + part] === value) : data[at + 3]) found += 1;
  }
  return found > 200;
}"""  # noqa: E501


def wait_for_pixels(page: Page, name: str, colour: str | None = None) -> None:
    canvas = page.locator(f'[data-chart="{name}"] canvas').first
    canvas.scroll_into_view_if_needed()
    page.wait_for_function(PIXELS, arg=[canvas.element_handle(), colour])


@pytest.fixture
def dashboard(page: Page, site: Site) -> Page:
    page.goto(f"{site.url}/dashboard")
    expect(page.locator("#line")).to_have_text("Live")
    return page


def show(site: Site, **changes: object) -> None:
    """Have the figures change, as a mail that comes in does."""
    site.desk.figures = replace(site.desk.figures, **changes)  # type: ignore[arg-type]
    site.do(site.desk.keep, make_event(9))


def test_every_chart_is_drawn(dashboard: Page) -> None:
    for name in TITLES:
        wait_for_pixels(dashboard, name)


def test_the_categories_have_the_colours_of_the_pages_in_both_themes(dashboard: Page) -> None:
    for theme, colour in (("light", "#0d8a76"), ("dark", "#35bda6")):
        dashboard.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        wait_for_pixels(dashboard, "mails", colour)


def test_a_tooltip_tells_the_values_of_a_step(dashboard: Page) -> None:
    canvas = dashboard.locator('[data-chart="mails"] .plot')
    canvas.hover(position={"x": 200, "y": 120})
    tip = dashboard.locator('[data-chart="mails"] .tip')
    expect(tip).to_be_visible()
    expect(tip.locator(".tip-row")).to_have_count(5)
    expect(tip).to_contain_text("Order")


def test_a_table_stands_behind_each_chart_for_keyboard_and_screen_reader(dashboard: Page) -> None:
    card = dashboard.locator('[data-chart="languages"]')
    card.locator("summary").focus()
    dashboard.keyboard.press("Enter")
    row = card.get_by_role("row", name="Spanish")
    expect(row).to_be_visible()
    expect(row).to_contain_text("3,150")


def test_a_chart_s_title_leads_to_it_alone_and_back(dashboard: Page, site: Site) -> None:
    dashboard.get_by_role("link", name="7 days").click()
    dashboard.get_by_role("link", name="Languages", exact=True).click()
    expect(dashboard).to_have_url(f"{site.url}/dashboard/languages?period=7")
    expect(dashboard.locator("[data-chart]")).to_have_count(1)
    expect(dashboard.locator("table")).to_be_visible()
    expect(dashboard.locator("#line")).to_have_text("Live")
    dashboard.locator(".dashboard-head .page-link").click()
    expect(dashboard).to_have_url(f"{site.url}/dashboard?period=7")
    expect(dashboard.locator("#line")).to_have_text("Live")


def test_a_csv_is_downloaded(dashboard: Page) -> None:
    with dashboard.expect_download() as found:
        dashboard.locator('[data-chart="senders"] .csv').click()
    assert found.value.suggested_filename.startswith("buzon-senders-")


def test_days_and_mailbox_are_chosen_and_stay_in_the_address(dashboard: Page, site: Site) -> None:
    dashboard.get_by_role("button", name="Own period").click()
    dashboard.get_by_label("First day").fill("2026-01-01")
    dashboard.get_by_label("Last day").fill("2026-01-31")
    dashboard.locator("#own").get_by_role("button", name="Show").click()
    expect(dashboard.locator("#days")).to_contain_text("1 Jan 2026 to 31 Jan 2026")
    dashboard.get_by_label("Mailbox").select_option("ventas")
    expect(dashboard.locator("#days")).to_contain_text("31 Jan 2026 · ventas")
    dashboard.reload()
    expect(dashboard.locator("#days")).to_contain_text("31 Jan 2026 · ventas")
    expect(dashboard.locator("#line")).to_have_text("Live")


def test_figures_charts_and_tables_follow_by_themselves_without_a_shift(
    dashboard: Page, site: Site
) -> None:
    card = dashboard.locator('[data-chart="languages"]')
    card.locator("summary").click()
    dashboard.evaluate("window.untouched = true")
    show(site, mails=3451, languages={"es": 3151, "ca": 200, "en": 100})
    expect(dashboard.locator("#numbers")).to_contain_text("3,451")
    expect(card.get_by_role("row", name="Spanish")).to_contain_text("3,151")
    assert dashboard.evaluate("window.untouched")
    assert dashboard.evaluate(SHIFTS) < 0.01


def test_a_lost_connection_is_shown_and_mends_itself(dashboard: Page, site: Site) -> None:
    site.do(site.desk.fail)
    expect(dashboard.locator("#line")).to_have_text("Connection lost. Trying again…")
    expect(dashboard.locator("#line")).to_have_text("Live", timeout=15_000)
    show(site, mails=3452)
    expect(dashboard.locator("#numbers")).to_contain_text("3,452", timeout=10_000)


def test_nothing_is_wider_than_the_window(dashboard: Page) -> None:
    wide = dashboard.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide


@pytest.fixture
def quiet_site() -> Iterator[Site]:
    desk = FakeDesk([])
    desk.figures = EMPTY
    with running(desk) as site:
        yield site


def test_the_first_mail_of_a_day_brings_the_charts(browser: Browser, quiet_site: Site) -> None:
    watched = Watched(browser, quiet_site, 1440, "light")
    page = watched.page
    page.goto(f"{quiet_site.url}/dashboard?period=today")
    expect(page.locator(".empty")).to_be_visible()
    expect(page.locator(".charts")).to_be_hidden()
    expect(page.locator("#line")).to_have_text("Live")
    quiet_site.desk.figures = make_statistics()
    quiet_site.do(quiet_site.desk.keep, make_event(1))
    canvas = page.locator('[data-chart="mails"] canvas').first
    expect(canvas).to_be_visible(timeout=10_000)
    wait_for_pixels(page, "mails")
    expect(page.locator(".empty")).to_be_hidden()
    watched.context.close()
    assert watched.complaints == []
    assert watched.foreign == []


def test_a_wall_fits_its_screen_is_dark_by_choice_and_follows(browser: Browser, site: Site) -> None:
    watched = Watched(browser, site, 1920, "light")
    page = watched.page
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{site.url}/dashboard?wall=1&dark=1")
    expect(page.locator("#line")).to_have_text("Live")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 17, 16)"
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080
    expect(page.get_by_role("navigation")).to_have_count(0)
    show(site, to_review=41, median=Compared(9.0, None))
    expect(page.locator("#numbers")).to_contain_text("41")
    page.get_by_role("link", name="Leave the wall mode").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Places")).to_be_visible()
    expect(page.locator("#line")).to_have_text("Live")
    watched.context.close()
    assert watched.complaints == []
    assert watched.foreign == []

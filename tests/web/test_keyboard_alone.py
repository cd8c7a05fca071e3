"""What one does all day, by Tab, Enter, Space, arrows and typing alone: no pointer, and none of the
keys that Buzón adds."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from web.fake_people import ANA, LUIS, PASSWORD
from web.letters import make_raw
from web.site import Site
from web.watched import Watched

FURTHEST = 120  # stops; no page has more before what is looked for


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    watched = Watched(browser, site, 1440, "light")
    yield watched.page
    watched.context.close()
    assert watched.complaints == []
    assert watched.foreign == []


def tab_to(page: Page, wanted: Locator) -> None:
    """From stop to stop until the one that is wanted, which shows that it has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(FURTHEST):
        page.keyboard.press("Tab")
        if wanted.evaluate("wanted => wanted.matches(':focus-visible')"):
            return
    raise AssertionError(f"the keyboard does not come to {wanted}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    tab_to(page, wanted)
    page.keyboard.press(key)


def place(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Places").get_by_role("link", name=name)


def test_one_signs_in_filters_opens_a_mail_and_says_what_it_is(site: Site, page: Page) -> None:
    page.context.clear_cookies()
    page.goto(f"{site.url}/sign-in")
    expect(page.get_by_label("E-mail", exact=True)).to_be_focused()
    page.keyboard.type(ANA.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#line")).to_have_text("Live")
    press(page, page.get_by_role("button", name="Filter"))
    tab_to(page, page.get_by_label("Answer", exact=True))
    page.keyboard.press("ArrowDown")
    press(page, page.get_by_role("button", name="Show", exact=True))
    expect(page).to_have_url(re.compile(r"\?answered=yes$"))
    press(page, page.locator(".row-subject").nth(1))
    expect(page.locator("#verdict")).to_have_attribute("data-mail", "4")
    press(page, page.locator("#say-consulta"), "Space")
    expect(page.locator("#toast")).to_contain_text("Undo")
    assert site.desk.events[4].true_label == "consulta"
    press(page, page.locator("#toast").get_by_role("button", name="Undo"))
    expect(page.locator("#say-consulta")).to_have_attribute("aria-pressed", "false")


def test_one_writes_an_answer_and_puts_it_to_work(site: Site, page: Page) -> None:
    press(page, place(page, "Answers"))
    press(page, page.locator('a[href="/answers/consulta/es"]'))
    tab_to(page, page.get_by_label("Text", exact=True))
    page.keyboard.press("Control+End")
    page.keyboard.type(" Hasta pronto.")
    press(page, page.get_by_role("button", name="Save and put to work"))
    expect(page.locator(".toast-text")).to_have_text("Version 1 is at work.")
    assert site.desk.wordings["consulta", "es"][0].text.endswith("Hasta pronto.")


def test_one_changes_a_setting_and_a_category(site: Site, page: Page) -> None:
    press(page, place(page, "Settings"))
    tab_to(page, page.locator("#replies_per_hour"))
    page.keyboard.type("17")
    press(page, page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    assert site.desk.chosen["replies_per_hour"] == "17"
    page.goto(f"{site.url}/settings/categories/consulta")
    tab_to(page, page.locator("input[name=colour]:checked"))
    page.keyboard.press("ArrowRight")
    tab_to(page, page.get_by_label("Key", exact=True))
    page.keyboard.type("Q")
    press(page, page.get_by_role("button", name="Save", exact=True))
    expect(page.locator("#category-consulta .key")).to_have_text("Q")


def test_one_deletes_some_of_the_quarantine_and_signs_somebody_out(site: Site, page: Page) -> None:
    for id in (1, 2, 3):
        site.desk.park(id, make_raw())
    page.goto(f"{site.url}/quarantine")
    press(page, page.locator(".entry input[type=checkbox]").nth(1), "Space")
    page.keyboard.press("Shift+Tab")
    while not page.evaluate("document.activeElement.matches('[popovertarget=delete-chosen]')"):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    press(page, page.locator("#delete-chosen").get_by_role("button", name="Delete them"))
    expect(page.locator(".entry")).to_have_count(2)
    assert sorted(site.desk.in_quarantine) == [1, 3]
    page.goto(f"{site.url}/settings/people")
    press(page, page.get_by_role("link", name="signed in at 1 place Luis Gil"))
    press(page, page.get_by_role("button", name="End Firefox"))
    expect(page.get_by_text("They are signed in nowhere.")).to_be_visible()
    assert LUIS.id not in site.desk.sessions_of.values()

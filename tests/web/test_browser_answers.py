"""Writing an answer, in Debian's Chromium."""

import re

from playwright.sync_api import Page, expect

from web.site import Site
from web.watched import Watched

TEXT = "Hola:\n\nSu número es "


def open_editor(page: Page, site: Site, answer: str = "pedido/es") -> None:
    page.goto(f"{site.url}/answers/{answer}")
    expect(page.locator("#tried .text")).to_contain_text("Hola, Ana Ruiz:")


def write(page: Page, text: str) -> None:
    page.locator("#text").press("Control+a")
    page.keyboard.type(text)


def test_a_text_is_seen_on_a_real_mail_while_it_is_written_saved_and_the_old_one_brought_back(
    site: Site, page: Page
) -> None:
    open_editor(page, site)
    write(page, TEXT)
    expect(page.locator("#tried .text")).to_have_text("Hola:\n\nSu número es")
    page.keyboard.type("{{ref")
    expect(page.locator("#variables [role=option]:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value(TEXT + "{{ reference }}")
    expect(page.locator("#tried .text")).to_have_text("Hola:\n\nSu número es B-000005")
    page.locator("#mail").select_option("2")
    expect(page.locator("#tried .text")).to_have_text("Hola:\n\nSu número es B-000002")
    page.get_by_role("button", name="Save and put to work").click()
    expect(page.locator(".answer-head").get_by_text("Version 1 is at work.")).to_be_visible()
    expect(page.locator("#mail")).to_have_value("2")
    assert site.desk.wordings["pedido", "es"][0].text == TEXT + "{{ reference }}"

    page.get_by_role("button", name="Bring back the built-in text").click()
    expect(page.get_by_text("The text that comes with Buzón is at work.")).to_be_visible()
    expect(page.locator("#tried .text")).to_contain_text("Gracias por escribirnos.")
    page.get_by_role("button", name="Bring back version 1").click()
    expect(page.locator(".answer-head").get_by_text("Version 3 is at work.")).to_be_visible()
    expect(page.locator("#text")).to_have_value(TEXT + "{{ reference }}")


def test_variables_are_offered_and_chosen_by_keyboard_alone(site: Site, page: Page) -> None:
    open_editor(page, site)
    write(page, "{{")
    field, options = page.locator("#text"), page.locator("#variables [role=option]:visible")
    expect(options).to_have_count(7)
    expect(field).to_have_attribute("aria-activedescendant", "variable-greeting")
    expect(page.locator("#offered")).to_contain_text("7 variables offered.")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "variable-name")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#variable-received")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Tab")
    expect(field).to_have_value("{{ received }}")
    expect(field).to_be_focused()
    expect(page.locator("#variables")).to_be_hidden()
    page.keyboard.type(" {{ na")
    page.keyboard.press("Escape")
    expect(page.locator("#variables")).to_be_hidden()
    page.keyboard.press("Enter")  # is a line again
    expect(field).to_have_value("{{ received }} {{ na\n")


def test_what_was_inserted_can_be_undone(site: Site, page: Page) -> None:
    open_editor(page, site)
    write(page, "Hola {{co")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("Hola {{ company }}")
    page.keyboard.press("Control+z")
    expect(page.locator("#text")).to_have_value("Hola {{co")


def test_a_button_inserts_its_variable_where_the_cursor_is(site: Site, page: Page) -> None:
    open_editor(page, site)
    write(page, "Hola .")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="name", exact=True).click()
    expect(page.locator("#text")).to_have_value("Hola {{ name }}.")
    expect(page.locator("#tried .text")).to_have_text("Hola Ana Ruiz.")


def test_the_subject_is_offered_only_what_may_stand_in_it(site: Site, page: Page) -> None:
    open_editor(page, site)
    page.locator("#subject").click()
    page.keyboard.type("{{")
    expect(page.locator("#variables [role=option]:visible")).to_have_count(3)
    page.keyboard.type("ref")
    page.keyboard.press("Enter")
    expect(page.locator("#tried dd").last).to_have_text("B-000005")
    page.get_by_role("button", name="greeting").click()
    expect(page.locator("#subject")).to_have_value("{{ reference }}")
    expect(page.locator("#text")).to_have_value(re.compile("greeting"))


def test_a_slip_is_told_beside_the_last_preview_and_goes_when_mended(
    site: Site, page: Page
) -> None:
    open_editor(page, site)
    write(page, "Hola {{ nombre }}")
    expect(page.locator("#unfit")).to_contain_text("there is no variable “nombre”")
    expect(page.locator("#tried .text")).to_contain_text("Hola, Ana Ruiz:")
    write(page, "Hola {{ name }}")
    expect(page.locator("#unfit")).to_be_empty()
    expect(page.locator("#tried .text")).to_have_text("Hola Ana Ruiz")


def test_why_a_text_was_refused_is_told_no_longer_once_it_is_mended(
    site: Site, watched: Watched
) -> None:
    page = watched.page
    open_editor(page, site)
    write(page, "Hola {{ nombre }}")
    page.get_by_role("button", name="Save and put to work").click()
    expect(page.locator("#refused")).to_contain_text("there is no variable “nombre”")
    write(page, "Hola {{ name }}")
    expect(page.locator("#tried .text")).to_have_text("Hola Ana Ruiz")
    expect(page.locator(".fault")).to_have_count(0)
    (said,) = watched.complaints
    assert "422" in said
    watched.complaints.clear()


def test_a_test_to_oneself_keeps_what_is_being_written(site: Site, page: Page) -> None:
    open_editor(page, site)
    write(page, "Hola")
    page.get_by_role("button", name="Send a test to ana@example.com").click()
    expect(page.locator("#test")).to_have_text("Sent to ana@example.com, marked as a test.")
    expect(page.locator("#text")).to_have_value("Hola")
    ((to, template),) = site.desk.tests_sent
    assert (to, template.text) == ("ana@example.com", "Hola")


def test_what_is_not_saved_is_not_left_by_mistake(site: Site, watched: Watched) -> None:
    page = watched.page
    open_editor(page, site)
    page.get_by_role("link", name="All answers").click()
    expect(page.get_by_role("heading", name="Answers", exact=True)).to_be_visible()
    open_editor(page, site)
    write(page, "Hola")
    asked: list[str] = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", stay)
    page.get_by_role("link", name="All answers").click(no_wait_after=True)
    expect(page.locator("#text")).to_have_value("Hola")
    page.wait_for_function("true")
    assert asked == ["beforeunload"]


def test_a_category_is_switched_off_by_keyboard(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/answers")
    page.get_by_role("switch", name="Answer mails of “Query”").press("Space")
    switch = page.get_by_role("switch", name="Answer mails of “Query”")
    expect(switch).to_have_attribute("aria-checked", "false")


def test_quiet_hours_are_set_in_their_form(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/answers")
    page.get_by_label("Monday, from").fill("20:00")
    page.get_by_label("Monday, until").fill("08:00")
    page.get_by_label("Sunday, the whole day").check()
    page.get_by_label("One more day").fill("2030-12-25")
    page.get_by_role("button", name="Save quiet hours").click()
    expect(page.get_by_label("25 Dec 2030")).to_be_checked()
    expect(page.get_by_label("Monday, until")).to_have_value("08:00")
    expect(page.get_by_label("Sunday, from")).to_be_hidden()


def test_nothing_is_wider_than_the_page(site: Site, page: Page) -> None:
    for path in ("/answers", "/answers/reclamacion/de"):
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

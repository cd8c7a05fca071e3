"""Correcting mails and seeing the model get better, in Debian's Chromium."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from buzon.records import CATEGORIES
from web.fake_desk import FakeDesk, make_event
from web.fake_learning import INVOICE, make_report
from web.site import Site, running
from web.watched import Watched


def pressed(page: Page, name: str) -> None:
    button = page.locator("#verdict").get_by_role("button", name=name)
    expect(button).to_have_attribute("aria-pressed", "true")


def is_open(page: Page, id: int) -> None:
    expect(page.locator(".mail")).to_have_attribute("data-id", str(id))


def open_mail(page: Page, id: int) -> None:
    page.locator(f"#event-{id} a").click()
    expect(page.locator(".mail")).to_have_attribute("data-id", str(id))


def test_a_mail_is_corrected_by_a_click_and_the_list_follows(site: Site, page: Page) -> None:
    open_mail(page, 4)
    page.get_by_role("button", name="Query").click()
    pressed(page, "Query")
    expect(page.locator(".verdict-now")).to_contain_text("the model had said “Order”")
    expect(page.locator("#event-4 .row-category")).to_have_text("Query")
    expect(page.locator("#event-4 .row-share")).to_contain_text("Corrected")
    expect(page.locator("#event-4 a")).to_have_attribute("aria-current", "true")
    assert site.desk.events[4].true_label == "consulta"


def test_a_mail_is_confirmed_by_its_key_and_taken_back(site: Site, page: Page) -> None:
    open_mail(page, 4)
    page.keyboard.press("Enter")
    is_open(page, 3)
    page.keyboard.press("k")
    pressed(page, "Order")
    expect(page.locator(".verdict-now")).to_have_text("A person confirmed it.")
    page.keyboard.press("0")
    expect(page.get_by_role("button", name="Take back")).to_have_count(0)
    expect(page.locator("#event-4 .row-share")).to_contain_text("97%")
    assert site.desk.events[4].true_label is None
    page.locator(".history summary").click()
    expect(page.locator(".history")).to_contain_text("“Order” was taken back")


def test_a_click_leaves_the_focus_on_its_button(page: Page) -> None:
    open_mail(page, 4)
    page.get_by_role("button", name="Complaint").click()
    pressed(page, "Complaint")
    expect(page.get_by_role("button", name="Complaint")).to_be_focused()


def test_keys_of_the_browser_and_of_no_open_mail_label_nothing(site: Site, page: Page) -> None:
    page.keyboard.press("2")
    open_mail(page, 4)
    page.keyboard.press("Control+2")
    page.keyboard.press("9")
    page.keyboard.press("3")
    expect(page.locator("#event-4 .row-category")).to_have_text("Query")
    assert [len(past.called) for past in site.desk.pasts.values()] == [1]


def test_of_many_keys_at_once_none_labels_a_mail_that_was_not_there_yet(
    site: Site, page: Page
) -> None:
    open_mail(page, 4)
    page.evaluate(
        "for (const key of '2345123451') document.body.dispatchEvent("
        "new KeyboardEvent('keydown', {key, bubbles: true}))"
    )
    is_open(page, 3)
    page.wait_for_load_state("networkidle")
    assert site.desk.events[4].true_label == "incidencia"
    assert [site.desk.events[id].true_label for id in (1, 2, 3, 5)] == [None] * 4


def test_the_companys_own_category_is_one_of_the_buttons(site: Site, page: Page) -> None:
    site.desk.known.append(INVOICE)
    open_mail(page, 4)
    page.get_by_role("button", name="Factura").click()
    pressed(page, "Factura")
    expect(page.locator("#event-4 .row-category")).to_have_text("Factura")


def test_a_correction_is_seen_on_every_open_page(browser: Browser, site: Site, page: Page) -> None:
    other = Watched(browser, site, 1440, "light", "es-ES")
    open_mail(other.page, 4)
    open_mail(page, 4)
    page.get_by_role("button", name="Query").click()
    pressed(other.page, "Consulta")
    expect(other.page.locator("#event-4 .row-share")).to_contain_text("Corregido")
    other.context.close()
    assert other.complaints == []


def test_what_could_not_be_kept_is_said_and_the_mail_stays(browser: Browser, site: Site) -> None:
    watched = Watched(browser, site, 1440, "light")
    page = watched.page
    open_mail(page, 4)
    site.desk.down = True
    page.keyboard.press("3")
    expect(page.locator("#notice")).to_contain_text("The database does not answer.")
    expect(page.locator('#verdict [aria-pressed="true"]')).to_have_count(0)
    expect(page.locator(".letter .text").first).to_be_visible()
    site.desk.down = False
    page.keyboard.press("1")
    is_open(page, 3)
    expect(page.locator("#event-4 .row-share")).to_contain_text("Confirmed")
    expect(page.locator("#notice")).to_be_empty()
    watched.context.close()


@pytest.fixture
def model_page(page: Page) -> Page:
    page.get_by_role("link", name="Model", exact=True).click()
    expect(page.get_by_role("heading", name="Model", exact=True)).to_be_visible()
    return page


def test_the_header_says_where_one_is(page: Page) -> None:
    here = page.locator(".places [aria-current]")
    expect(here).to_have_text("Mails")
    open_mail(page, 4)
    expect(here).to_have_text("Mails")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Model", exact=True).click()
    expect(here).to_have_text("Model")


def test_a_model_is_trained_and_its_outcome_seen(site: Site, model_page: Page) -> None:
    page = model_page
    page.get_by_role("button", name="Train now").click()
    expect(page.locator("#training")).to_contain_text("waits for a worker")
    expect(page.get_by_role("button", name="Train now")).to_be_disabled()
    site.do(site.desk.advance, 0.4, "learning")
    expect(page.locator("#training")).to_contain_text("Training: learning…")
    expect(page.locator("progress")).to_have_js_property("value", 0.4)
    site.do(site.desk.end)
    expect(page.locator(".outcome-box")).to_contain_text("was put to work")
    expect(page.locator("tr.at-work")).to_contain_text("Your own model")
    expect(page.get_by_role("button", name="Train now")).to_be_enabled()


def test_an_earlier_version_is_brought_back_after_a_question(site: Site, model_page: Page) -> None:
    page = model_page
    page.get_by_role("button", name="Train now").click()
    expect(page.locator("#training")).not_to_be_empty()
    site.do(site.desk.end)
    back = page.get_by_role("button", name="Bring back")
    back.click()
    page.get_by_role("button", name="Leave it").click()
    expect(page.get_by_text("Put this version to work?").last).to_be_hidden()
    assert site.desk.put_to_work == "own-2"
    back.click()
    page.get_by_role("button", name="Put it to work").click()
    expect(page.locator("tr.at-work")).to_contain_text("Built-in model")
    assert site.desk.put_to_work == "starter-1"


def test_a_doubtful_label_leads_to_its_mail(site: Site, model_page: Page) -> None:
    model_page.locator(".versions").get_by_role("link", name="Built-in model").click()
    expect(model_page.get_by_role("heading", name="Labels that look wrong")).to_be_visible()
    model_page.get_by_role("link", name="Pedido de veinte cajas 1").click()
    expect(model_page).to_have_url(f"{site.url}/mails/1")
    expect(model_page.locator("#verdict")).to_be_visible()


@pytest.mark.parametrize("path", ["/model", "/model/starter-1", "/mails/4", "/?review=1"])
def test_no_page_is_wider_than_the_screen(site: Site, page: Page, path: str) -> None:
    site.desk.known += [INVOICE] * 3
    site.desk.state = replace(site.desk.state, alarms=("promise", "words"))
    page.goto(site.url + path)
    for width in (390, 768, 1024, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


@pytest.fixture
def spanish(browser: Browser) -> Iterator[Page]:
    with running(FakeDesk([make_event(1)])) as site:
        watched = Watched(browser, site, 390, "light", "es-ES")
        yield watched.page
        watched.context.close()
        assert watched.complaints == []


def test_all_of_it_in_spanish(spanish: Page) -> None:
    open_mail(spanish, 1)
    spanish.get_by_role("button", name="Incidencia").click()
    expect(spanish.locator(".verdict-now")).to_contain_text("Una persona lo corrigió")
    spanish.keyboard.press("Escape")
    spanish.get_by_role("link", name="Modelo", exact=True).click()
    expect(spanish.get_by_role("button", name="Entrenar ahora")).to_be_visible()
    expect(spanish.locator("main")).to_contain_text(re.compile("faltan 59 correos revisados"))


def test_the_confusion_of_twenty_five_categories_fits_a_wide_window(
    browser: Browser, site: Site
) -> None:
    site.desk.reports["starter-1"] = large_report(25)
    watched = Watched(browser, site, 1440, "light")
    page = watched.page
    page.goto(f"{site.url}/model/starter-1")
    table = page.locator(".scrolls:has(.confusion)")
    wide, room = table.evaluate("it => [it.scrollWidth, it.clientWidth]")
    assert wide <= room
    expect(page.locator(".confusion thead th")).to_have_count(25)
    watched.context.close()


def large_report(count: int) -> dict[str, Any]:
    names = [*CATEGORIES, *(f"solicitud-de-presupuesto-{n}" for n in range(count))][:count]
    numbers = [[1234 if a == b else (a * b) % 40 for b in range(count)] for a in range(count)]
    one = make_report("starter-1")["per_category"]["pedido"]
    return make_report(
        "starter-1",
        confusion={"labels": names, "counts": numbers},
        per_category=dict.fromkeys(names, one),
    )

"""Who gets in, as it is: the real service, its own database, and Debian's Chromium."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from peers.first import PASSWORD, begin, fill
from peers.service import Service, settings_for


@pytest.fixture
def service(tmp_path: Path, models: Path, database_url: str) -> Iterator[Service]:
    with Service(tmp_path, settings_for(database_url=database_url, models=models)) as service:
        yield service


def make_first(page: Page, service: Service) -> None:
    begin(page, service)
    page.goto(service.url)
    expect(page.get_by_role("heading", name="Mails", exact=True)).to_be_visible()


def sign_in(page: Page, service: Service, email: str, password: str) -> None:
    page.goto(service.url)
    fill(page, email=email, password=password)


def test_sign_in_for_the_first_time(service: Service, page: Page) -> None:
    begin(page, service)
    expect(page.get_by_role("heading", name="Set up Buzón")).to_be_visible()
    page.get_by_role("link", name="Done: to the mails").click()
    expect(page.get_by_role("heading", name="Mails", exact=True)).to_be_visible()
    link = service.sign_in_link
    page.get_by_role("button", name="Sign out").click()
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("This link no longer works.")
    service.stop()
    service.start()
    assert service.sign_in_link == link  # no other one was printed
    sign_in(page, service, "ANA@example.com ", PASSWORD)
    expect(page.get_by_role("heading", name="Mails", exact=True)).to_be_visible()


def test_a_wrong_password(service: Service, page: Page) -> None:
    make_first(page, service)
    page.get_by_role("button", name="Sign out").click()
    for _ in range(10):
        fill(page, email="ana@example.com", password="otra cosa larga")
        expect(page.get_by_role("alert")).to_contain_text("the password is wrong")
        expect(page.locator("#password")).to_be_focused()
    fill(page, password=PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Try again in 1\d minutes"))
    sign_in(page, service, "nobody@example.com", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("the password is wrong")


def test_two_roles(service: Service, page: Page, browser: Browser) -> None:
    make_first(page, service)
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="People").click()
    page.locator("#email").fill("eva@example.com")
    page.locator("#name").fill("Eva Sanz")
    page.get_by_role("radio", name="viewer").check()
    page.get_by_role("button", name="Make a link").click()
    link = page.locator(".once code").inner_text()

    context = browser.new_context(locale="es-ES", viewport={"width": 390, "height": 800})
    eva = context.new_page()
    eva.goto(link)
    fill(eva, password=PASSWORD, again=PASSWORD)
    expect(eva.get_by_role("heading", name="Correos", exact=True)).to_be_visible()
    expect(eva.get_by_role("link", name="Ajustes")).to_have_count(0)
    service.run("simulate", "--rate", "50", "--count", "1")
    eva.locator("[id^=event-] a").first.click()
    expect(eva.locator(".mail h2")).to_be_visible()
    expect(eva.locator(".choices")).to_be_hidden()
    assert eva.goto(f"{service.url}/settings/people").status == 403  # type: ignore[union-attr]

    page.goto(f"{service.url}/settings/people")
    page.get_by_label("Role of Eva Sanz").select_option("operator")
    page.locator(".entry", has_text="Eva Sanz").get_by_role("button", name="Change").click()
    eva.goto(service.url)
    eva.locator("[id^=event-] a").first.click()
    eva.locator("#say-otro").click()
    expect(eva.locator("#say-otro")).to_have_attribute("aria-pressed", "true")
    page.goto(service.url)
    page.locator("[id^=event-] a").first.click()
    expect(page.locator(".history")).to_contain_text("Eva Sanz")

    page.goto(f"{service.url}/settings/people")
    page.get_by_role("button", name="Disable Eva Sanz").click()
    eva.goto(service.url)
    expect(eva.get_by_role("heading", name="Entrar en Buzón")).to_be_visible()
    context.close()


def test_a_session_of_another_device_is_ended(
    service: Service, page: Page, browser: Browser
) -> None:
    make_first(page, service)
    context = browser.new_context(locale="en-GB")
    other = context.new_page()
    sign_in(other, service, "ana@example.com", PASSWORD)
    expect(other.get_by_role("heading", name="Mails", exact=True)).to_be_visible()
    page.locator(".user").click()
    expect(page.locator(".entry")).to_have_count(2)
    page.get_by_role("button", name="End Chrome").click()
    expect(page.locator(".entry")).to_have_count(1)
    other.reload()
    expect(other.get_by_role("heading", name="Sign in to Buzón")).to_be_visible()
    context.close()


def test_who_lost_the_password_gets_a_link_at_the_console(service: Service, page: Page) -> None:
    make_first(page, service)
    page.get_by_role("button", name="Sign out").click()
    link = service.run("user", "link", "ana@example.com").stdout.split()[-1]
    page.goto(link)
    fill(page, password="otra cosa larga", again="otra cosa larga")
    expect(page.get_by_role("heading", name="Mails", exact=True)).to_be_visible()

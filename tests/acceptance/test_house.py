"""How a Buzón is set up while it runs: the real service, its mailbox and Debian's Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from peers.scene import MakeScene, Scene, wait_until
from web.watched import CHROMIUM, SWITCHES

PASSWORD = "siete cajas azules"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    yield context.new_page()
    context.close()


def sign_in(page: Page, scene: Scene) -> None:
    """As the first administrator, Ana Ruiz."""
    page.goto(scene.service.sign_in_link)
    fields = {"email": "ana@example.com", "name": "Ana Ruiz", "password": PASSWORD}
    for name, value in {**fields, "again": PASSWORD}.items():
        page.locator(f"#{name}").fill(value)
    page.keyboard.press("Enter")
    expect(page.locator(".user")).to_have_text("Ana Ruiz")


def choose(page: Page, scene: Scene, label: str, value: str) -> None:
    page.goto(f"{scene.service.url}/settings")
    page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()


def test_a_company_s_name_holds_at_once_and_the_log_tells_who(scene: Scene, page: Page) -> None:
    sign_in(page, scene)
    choose(page, scene, "Company", "Cajas del Norte")
    expect(page.locator("header .company")).to_have_text("Cajas del Norte")
    scene.deliver()
    scene.wait_until_all_answered()
    assert "Cajas del Norte" in scene.smtp.received[0].header("From")
    page.get_by_role("link", name="Log").click()
    expect(page.locator(".log-entry").first).to_contain_text("Ana Ruiz set Company")
    expect(page.locator(".log-entry").first).to_contain_text("Cajas del Norte")


def test_what_the_environment_says_can_t_be_chosen(make_scene: MakeScene, page: Page) -> None:
    scene = make_scene(BUZON_COMPANY="Casa Fija")
    scene.start()
    sign_in(page, scene)
    page.goto(f"{scene.service.url}/settings")
    expect(page.get_by_label("Company")).to_have_count(0)
    told = page.locator(".setting", has_text="Casa Fija")
    expect(told).to_contain_text("From the environment variable BUZON_COMPANY")


def test_no_mail_is_lost_or_answered_twice_while_settings_change(scene: Scene, page: Page) -> None:
    sign_in(page, scene)
    for number in range(6):
        scene.deliver(20)
        choose(page, scene, "Most answers an hour", str(9000 + number))
    scene.deliver(5)
    scene.wait_until_all_answered()
    assert scene.sent_twice() == 0
    wait_until(
        lambda: scene.service.log.count("other settings hold from now on") == 6, "all taken up"
    )

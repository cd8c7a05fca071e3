"""Signing in with an account elsewhere: the real service, a certified provider, and Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from buzon.web import RETURNS_TO
from peers import needs_chromium, needs_openid
from peers.dovecot import free_port
from peers.first import PASSWORD, begin
from peers.openid import CLIENT, SECRET, OpenIdProvider
from peers.service import Service, settings_for

pytestmark = [needs_openid, needs_chromium]

LUIS = "luis@example.com"
BY_GROUPS = {
    "BUZON_OIDC_ROLE_CLAIM": "groups",
    "BUZON_OIDC_ROLES": "jefes=administrator,soporte=operator",
}


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    port = free_port()
    with OpenIdProvider(f"http://127.0.0.1:{port}{RETURNS_TO}") as provider:
        yield provider


@pytest.fixture
def service(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    models: Path,
    database_url: str,
    provider: OpenIdProvider,
) -> Iterator[Service]:
    """With further settings where a test names some."""
    url = provider.returns_to[0].removesuffix(RETURNS_TO)
    settings = {
        "BUZON_PORT": url.rpartition(":")[2],
        "BUZON_URL": url,
        "BUZON_OIDC_ISSUER": provider.issuer,
        "BUZON_OIDC_CLIENT_ID": CLIENT,
        "BUZON_OIDC_CLIENT_SECRET": SECRET,
        "BUZON_OIDC_NAME": "Casa",
        **getattr(request, "param", {}),
    }
    known = settings_for(database_url=database_url, models=models)
    with Service(tmp_path, known | settings) as service:
        yield service


def somebody(browser: Browser, language: str = "en-GB") -> Page:
    return browser.new_context(locale=language).new_page()


def make_first(page: Page, service: Service) -> None:
    begin(page, service)


def sign_in(page: Page, service: Service, login: str) -> None:
    """By the button, and by the pages of the provider."""
    page.goto(f"{service.url}/settings/people" if login == LUIS else service.url)
    page.get_by_role("link", name="Casa").click()
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_somebody_comes_in_twice_with_an_account_elsewhere_until_disabled(
    service: Service, browser: Browser
) -> None:
    ana, luis = somebody(browser), somebody(browser)
    make_first(ana, service)
    assert service.run("user", "add", LUIS, "--role", "operator", "--name", "Luis Gil").stdout

    sign_in(luis, service, LUIS)
    assert luis.url == f"{service.url}/settings/people"  # where they wanted to go, and may not
    expect(luis.get_by_text("Your role does not allow this.")).to_be_visible()
    luis.goto(f"{service.url}/account")
    expect(luis.get_by_text("You have no password here.")).to_be_visible()
    luis.get_by_role("button", name="Sign out").click()
    luis.get_by_role("link", name="Casa").click()  # who is signed in there still
    expect(luis.locator(".user")).to_have_text("Luis Gil")

    ana.goto(f"{service.url}/settings/people")
    expect(ana.locator(".entry", has_text="Luis Gil")).to_contain_text("signs in with Casa")
    ana.get_by_role("button", name="Disable Luis Gil").click()
    luis.reload()
    luis.get_by_role("link", name="Casa").click()
    expect(luis.get_by_role("alert")).to_contain_text("You can no longer sign in here.")

    ana.goto(f"{service.url}/settings/log")
    expect(ana.get_by_role("main")).to_contain_text("vouched for Luis Gil for the first time")


def test_a_stranger_stays_outside_and_passwords_work_without_the_provider(
    service: Service, browser: Browser, provider: OpenIdProvider
) -> None:
    ana, stranger = somebody(browser), somebody(browser, "es-ES")
    make_first(ana, service)
    assert f"✓  sign-in with Casa: {provider.issuer} answers" in service.run("check").stdout

    answers = []
    stranger.on("request", lambda request: answers.append(request.url))
    sign_in(stranger, service, "eva@example.com")
    told = "Nadie ha dado acceso todavía a eva@example.com."
    expect(stranger.get_by_role("alert")).to_contain_text(told)
    again = next(url for url in answers if RETURNS_TO in url)
    for page in (stranger, somebody(browser)):  # once more, and in another browser
        page.goto(again)
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.locator(".user")).to_have_count(0)

    provider.stop()
    done = service.run("check")
    assert (done.returncode, "✗  sign-in with Casa" in done.stdout) == (1, True)
    page = somebody(browser)
    page.goto(service.url)
    page.get_by_role("link", name="Casa").click()
    expect(page.get_by_role("alert")).to_contain_text("Casa does not answer.")
    page.locator("#email").fill("ana@example.com")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".user")).to_have_text("Ana Ruiz")


@pytest.mark.parametrize("service", [BY_GROUPS], indirect=True)
def test_the_groups_of_the_provider_decide_at_each_sign_in_what_somebody_may(
    service: Service, browser: Browser
) -> None:
    ana, luis, again = somebody(browser), somebody(browser), somebody(browser)
    make_first(ana, service)
    settings = luis.get_by_role("link", name="Settings", exact=True)

    sign_in(luis, service, f"{LUIS}#ventas#soporte")  # whom nobody let in here
    expect(luis.locator(".user")).to_have_text("luis")
    expect(luis.get_by_role("link", name="Review", exact=True)).to_be_visible()
    expect(settings).to_have_count(0)

    sign_in(again, service, f"{LUIS}#soporte#jefes")
    expect(again.get_by_role("link", name="Settings", exact=True)).to_be_visible()
    luis.reload()  # the session from before
    expect(settings).to_be_visible()
    ana.goto(f"{service.url}/settings/log")
    expect(ana.locator(".log")).to_contain_text("changed luis role operator → administrator")

    outside = somebody(browser)
    sign_in(outside, service, f"{LUIS}#ventas")
    expect(outside.get_by_role("alert")).to_be_visible()
    expect(outside.locator(".user")).to_have_count(0)

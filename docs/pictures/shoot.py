"""Makes the pictures of the manual from the real program: `make screenshots`.

Starts Buzón in a temporary folder, plays sample mails into it, lets a person say what some of them
are, and looks at every page in Chromium: in both languages, wide and narrow, light and dark.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
sys.path.insert(0, str(ROOT / "tests"))

from peers import find  # noqa: E402
from peers.service import Service  # noqa: E402

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PASSWORD = "siete cajas azules"
Look = tuple[int, str, str]  # width, theme, language
LANGUAGES = {"": "en-GB", ".es": "es-ES"}  # by the end of the file's name
LOOKS = [
    (width, theme, language)
    for width in (1440, 390)
    for theme in ("light", "dark")
    for language in LANGUAGES
]
PAGES = {
    "desk": "/",
    "search": "/?q=factura",
    "mail": "/mails/12",
    "words": "/mails/12",
    "original": "/mails/12/source",
    "nothing-found": "/?q=ornitorrinco",
    "review": "/review",
    "dashboard": "/dashboard",
    "chart": "/dashboard/categories",
    "wall": "/dashboard?wall=1",
    "model": "/model",
    "version": "/model/{version}",
    "comparison": "/model/compare?left={before}&right={version}",
    "answers": "/answers",
    "answer": "/answers/incidencia/es",
    "outbox": "/outbox",
    "quarantine": "/quarantine",
    "settings": "/settings",
    "categories": "/settings/categories",
    "category": "/settings/categories/incidencia",
    "mailboxes": "/settings/mailboxes",
    "mailbox-new": "/settings/mailboxes/new?preset=gmail",
    "sending": "/settings/sending",
    "providers": "/settings/providers",
    "people": "/settings/people",
    "sessions": "/settings/people/1/sessions",
    "tokens": "/settings/tokens",
    "webhooks": "/settings/webhooks",
    "webhook": "/settings/webhooks/new",
    "data": "/settings/data",
    "log": "/settings/log",
    "set-up": "/set-up",
    "account": "/account",
}


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Service(Path(folder), {"BUZON_COMPANY": "Ferretería Sol"}) as service,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=str(find("chromium")), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="es-ES")
        take_sign_in(browser, service)
        sign_in(page, service.sign_in_link)
        service.run("simulate", "--rate", "50", "--count", "120")
        page.goto(service.url)
        page.wait_for_function("document.querySelectorAll('.row').length === 50")
        label_some(page, service)
        versions = train(page, service)
        state = page.context.storage_state()
        for look in LOOKS:
            take_all(browser, service, look, state, versions)


def sign_in(page: Page, link: str) -> None:
    page.goto(link)
    fields = {"email": "ana@example.com", "name": "Ana Ruiz", "password": PASSWORD}
    for name, value in {**fields, "again": PASSWORD}.items():
        page.fill(f"#{name}", value)
    page.click("button")
    page.wait_for_selector(".top")


def label_some(page: Page, service: Service) -> None:
    """Confirm what is shown first, as a morning's work."""
    page.goto(f"{service.url}/review")
    for _ in range(12):
        shown = page.locator(".mail")
        if not shown.count():
            return
        id = shown.get_attribute("data-id")
        page.keyboard.press("Enter")
        page.wait_for_function("id => document.querySelector('.mail')?.dataset.id !== id", arg=id)


def train(page: Page, service: Service) -> dict[str, str]:
    """Have it learn from that: the version there was before, and the new one."""
    page.goto(f"{service.url}/model")
    page.click("form[action='/model/train'] button")
    page.wait_for_selector(".outcome-box", timeout=180_000)
    left, right = (page.locator(f"[name={side}]:checked") for side in ("left", "right"))
    return {
        "before": left.get_attribute("value") or "",
        "version": right.get_attribute("value") or "",
    }


def take_sign_in(browser: Browser, service: Service) -> None:
    for look in LOOKS:
        page = looking(browser, look, None)
        page.goto(service.sign_in_link)
        take(page, "sign-in", look)
        page.context.close()


def take_all(
    browser: Browser, service: Service, look: Look, state: object, versions: dict[str, str]
) -> None:
    page = looking(browser, look, state)
    for name, path in PAGES.items():
        page.goto(service.url + path.format(**versions))
        if name == "words":
            page.keyboard.press("w")
        drawn = name in ("dashboard", "chart", "wall")
        page.wait_for_timeout(1500 if drawn else 500)  # charts draw themselves
        take(page, name, look)
    page.context.close()


def looking(browser: Browser, look: Look, state: object) -> Page:
    width, theme, language = look
    return browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        locale=LANGUAGES[language],
        reduced_motion="reduce",
        storage_state=state,
    ).new_page()


def take(page: Page, name: str, look: Look) -> None:
    width, theme, language = look
    page.screenshot(path=FOLDER / f"{name}-{width}-{theme}{language}.png")


if __name__ == "__main__":
    main()

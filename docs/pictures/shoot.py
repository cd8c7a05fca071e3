"""Makes the pictures of the manual from the real program: `.venv/bin/python docs/pictures/shoot.py`.

Starts Buzón in a temporary folder, plays sample mails into it, and looks at it in Chromium.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from peers import find  # noqa: E402
from peers.service import Service  # noqa: E402

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PASSWORD = "siete cajas azules"
SIZE = {"width": 1440, "height": 900}


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Service(Path(folder), {"BUZON_COMPANY": "Ferretería Sol"}) as service,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=str(find("chromium")), args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, locale="es-ES")
        sign_in(page, service.sign_in_link)
        page.goto(service.url)
        service.run("simulate", "--rate", "50", "--count", "80")
        page.wait_for_function("document.querySelectorAll('[id^=event-]').length >= 50")
        take(page, "page")
        page.click("[id^=event-] >> nth=4")
        page.wait_for_url("**/mails/*")
        page.wait_for_timeout(500)
        take(page, "mail")


def sign_in(page: Page, link: str) -> None:
    page.goto(link)
    fields = {"email": "ana@example.com", "name": "Ana Ruiz", "password": PASSWORD}
    for name, value in {**fields, "again": PASSWORD}.items():
        page.fill(f"#{name}", value)
    page.click("button")
    page.wait_for_url("**/")


def take(page: Page, name: str) -> None:
    page.screenshot(path=ROOT / "docs" / "pictures" / f"{name}.png")


if __name__ == "__main__":
    main()

"""The first administrator, Ana Ruiz, in a browser at a real service."""

from playwright.sync_api import Page, expect

from peers.service import Service

PASSWORD = "siete cajas azules"


def begin(page: Page, service: Service) -> None:
    """Make her; where it leads depends on what is set up."""
    page.goto(service.sign_in_link)
    fill(page, email="ana@example.com", name="Ana Ruiz", password=PASSWORD, again=PASSWORD)
    expect(page.locator(".user")).to_have_text("Ana Ruiz")


def fill(page: Page, **fields: str) -> None:
    """A form to its end, by the fields' ids."""
    for name, value in fields.items():
        page.locator(f"#{name}").fill(value)
    page.keyboard.press("Enter")

"""Templates previewed, saved and sent, as it is: mailbox, SMTP server, database and Chromium."""

import email
import email.policy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from acceptance.test_signing_in import make_first
from peers import needs_dovecot
from peers.scene import MakeScene, Scene, wait_until
from peers.smtp_server import Received

pytestmark = needs_dovecot


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Madrid")
    yield context.new_page()
    context.close()


def text_of(mail: Received) -> str:
    parsed = email.message_from_bytes(mail.data, policy=email.policy.default)
    body = parsed.get_body(("plain",))  # type: ignore[attr-defined]
    return str(body.get_content())


def test_a_template_is_previewed_sent_to_oneself_saved_and_answers_the_next_customer(
    scene: Scene, page: Page
) -> None:
    scene.deliver()  # an order: the answer that comes with Buzón
    scene.wait_until_all_answered()
    make_first(page, scene.service)
    page.get_by_role("link", name="Answers").click()
    page.locator("tr", has_text="Order").get_by_role("link", name="Built in").first.click()
    expect(page.locator("#tried .text")).to_contain_text("Gracias por escribirnos.")
    page.locator("#text").press("Control+a")
    page.keyboard.type("¡Gracias por su pedido! Su número es {{ref")
    page.keyboard.press("Enter")
    expect(page.locator("#tried .text")).to_have_text(
        "¡Gracias por su pedido! Su número es B-000001"
    )
    page.get_by_role("button", name="Send a test to ana@example.com").click()
    expect(page.locator("#test")).to_have_text("Sent to ana@example.com, marked as a test.")
    test = next(mail for mail in scene.smtp.received if mail.recipient == "ana@example.com")
    assert test.header("Subject") == "[Prueba] Re: Pedido nuevo 0"
    assert test.header("Auto-Submitted") == "auto-replied"
    assert "¡Gracias por su pedido! Su número es B-000001" in text_of(test)

    page.get_by_role("button", name="Save and put to work").click()
    expect(page.locator(".toast-text")).to_have_text("Version 1 is at work.")
    scene.delivered = 8  # the next of the invented customers who orders, in Spanish
    scene.deliver()
    wait_until(lambda: scene.count("outbox", "status = 'sent'") == 2, "the second answer")
    answer = scene.smtp.received[-1]
    assert answer.recipient == "cliente8@example.org"
    assert "¡Gracias por su pedido! Su número es B-00000" in text_of(answer)
    assert scene.query("SELECT template, template_version FROM outbox ORDER BY id") == [
        ("pedido", None),
        ("pedido", 1),
    ]
    scene.assert_told_once()


def test_in_quiet_hours_answers_wait_and_go_out_when_they_are_taken_back(
    make_scene: MakeScene, page: Page
) -> None:
    scene = make_scene()
    scene.start()
    make_first(page, scene.service)
    page.get_by_role("link", name="Answers").click()
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    for day in (tomorrow - timedelta(days=1), tomorrow):
        page.locator("#day").fill(day.isoformat())
        page.get_by_role("button", name="Save quiet hours").click()
    expect(page.locator("#quiet")).to_contain_text("Quiet now, until")
    scene.deliver()
    wait_until(lambda: scene.count("outbox") == 1, "the mail is answered")
    page.goto(f"{scene.service.url}/mails/1")
    expect(page.locator("#answer")).to_contain_text("because of quiet hours")
    assert scene.smtp.received == []
    page.goto(f"{scene.service.url}/answers")
    expect(page.locator("#quiet")).to_contain_text("1 answer waits.")
    for box in page.locator("[name=day][type=checkbox]").all():
        box.uncheck()
    page.get_by_role("button", name="Save quiet hours").click()
    scene.smtp.wait_for(1)


def test_a_category_that_is_switched_off_gets_no_answer(scene: Scene, page: Page) -> None:
    make_first(page, scene.service)
    page.get_by_role("link", name="Answers").click()
    page.get_by_role("switch", name="Answer mails of “Order”").click()
    expect(page.get_by_role("switch", name="Answer mails of “Order”")).not_to_be_checked()
    scene.deliver()
    wait_until(lambda: scene.count("events") == 1, "the mail is in")
    assert scene.query("SELECT answered, signs->0->>0 FROM events") == [(False, "category-off")]
    page.goto(f"{scene.service.url}/mails/1")
    expect(page.locator(".signs")).to_contain_text("switched off for this category")

"""Sending on its page: how it stands, tried, begun and ended."""

from dataclasses import replace

import httpx
import pytest
from playwright.sync_api import Page, expect
from selectolax.lexbor import LexborHTMLParser

from buzon.config import Origin
from buzon.web import Sending, Way
from web.fake_desk import FakeDesk
from web.fake_post import make_box
from web.site import Site
from web.test_post_pages import words

PLACE = "/settings/sending"
CHOSEN = Origin("pages")
WAY = {
    "smtp_from": "ventas@example.com", "smtp_host": "smtp.example.com", "smtp_port": "587",
    "smtp_security": "starttls", "smtp_user": "ventas@example.com", "smtp_password": "secreto",
}  # fmt: skip


async def test_sending_follows_the_mailbox(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.inboxes = [make_box("soporte@gmail.com", host="imap.gmail.com")]
    page = LexborHTMLParser((await client.get(PLACE)).text)
    fields = {n.attributes["name"]: n.attributes["value"] for n in page.css(".field input")}
    assert (fields["smtp_host"], fields["smtp_port"]) == ("smtp.gmail.com", "465")
    assert fields["smtp_from"] == "soporte@gmail.com"


@pytest.mark.parametrize(
    ("preset", "host", "port", "auth"),
    [
        ("gmail", "smtp.gmail.com", "465", "password"),
        ("microsoft", "smtp.office365.com", "587", "oauth2"),
        ("other", "", "587", "password"),
    ],
)
async def test_a_preset_fills_in_the_server(
    client: httpx.AsyncClient, desk: FakeDesk, preset: str, host: str, port: str, auth: str
) -> None:
    desk.goes_out = Way(host="old.example.com", port=25, sender="a@example.com", comes=CHOSEN)
    page = LexborHTMLParser((await client.get(f"{PLACE}?preset={preset}")).text)
    values = [page.css(f"#{name}")[0].attributes["value"] for name in ("smtp_host", "smtp_port")]
    assert values == [host, port]
    assert page.css("#smtp_auth [selected]")[0].attributes["value"] == auth
    assert page.css("#smtp_from")[0].attributes["value"] == "a@example.com"
    (current,) = page.css(".presets [aria-current]")
    assert current.attributes["href"] == f"{PLACE}?preset={preset}"


async def test_the_page_says_how_it_stands(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    assert "Nothing is sent" in words((await client.get(PLACE)).text, ".entries")
    desk.goes_out = Way(host="smtp.example.com", port=25, sender="a@example.com", comes=CHOSEN)
    state = words((await client.get(PLACE)).text, ".entries")
    assert "a@example.com through smtp.example.com:25" in state
    assert "Stop sending" in state


async def test_a_form_that_a_link_filled_in_says_so(client: httpx.AsyncClient) -> None:
    note = "Look whether the server is yours"
    linked = await client.get(f"{PLACE}?smtp_host=smtp.evil.example")
    assert note in words(linked.text)
    assert note not in words((await client.get(f"{PLACE}?preset=gmail")).text)


async def test_what_is_missing_is_told_beside_its_field(client: httpx.AsyncClient) -> None:
    answer = await client.post(PLACE, data={**WAY, "smtp_from": "", "do": "save"})
    assert answer.status_code == 422
    assert words(answer.text, ".wrong") == "This must be filled in."


async def test_what_was_emptied_stays_so_when_the_page_is_loaded_again(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.goes_out = Way(
        host="smtp.example.com", port=25, user="ana", sender="a@example.com", comes=CHOSEN
    )
    answer = await client.post(PLACE, data={**WAY, "smtp_user": "", "do": "test"})
    address = answer.headers["HX-Replace-Url"]
    assert "secreto" not in address
    page = LexborHTMLParser((await client.get(address)).text)
    assert page.css("#smtp_user")[0].attributes["value"] == ""


async def test_nobody_is_answered_before_that_is_confirmed(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert "Answer customers from now on" not in (await client.get(PLACE)).text
    answer = await client.post(PLACE, data={**WAY, "do": "test"})
    assert desk.test_mails == [("ana@example.com", "Buzón can send")]
    assert "Answer customers from now on" in answer.text
    assert desk.goes_out.host == ""
    await client.post(PLACE, data={**WAY, "do": "save"})
    assert desk.goes_out.host == "smtp.example.com"
    await client.post(f"{PLACE}/stop")
    assert desk.goes_out.host == ""


async def test_sending_from_elsewhere_can_t_be_changed(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    comes = Origin("buzon.toml", "smtp_host")
    desk.goes_out = Way(host="smtp.example.com", port=25, comes=comes)
    page = words((await client.get(PLACE)).text)
    assert "from smtp_host in the file buzon.toml" in page
    assert "Send a test mail" not in page
    desk.goes_out = Way(comes=Origin("default"))
    desk.state = replace(desk.state, sending=Sending("external"))
    assert "An external program sends the answers." in words((await client.get(PLACE)).text)


def test_sending_is_found_among_the_settings_tried_and_begun(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/settings")
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Sending").click()
    page.get_by_role("link", name="Gmail").click()
    page.get_by_label("Address that answers come from").fill("soporte@gmail.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Send a test mail to me").click()
    expect(page.locator(".trial.failed")).to_contain_text("Make an app password")
    page.reload()
    expect(page.get_by_label("Address that answers come from")).to_have_value("soporte@gmail.com")
    expect(page.get_by_label("SMTP server")).to_have_value("smtp.gmail.com")
    page.get_by_label("Password").fill("abcd efgh ijkl mnop")
    page.get_by_role("button", name="Send a test mail to me").click()
    page.get_by_role("button", name="Answer customers from now on").click()
    expect(page.locator(".entries")).to_contain_text("through smtp.gmail.com:587")
    for width in (390, 768, 1024, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width

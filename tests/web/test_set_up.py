"""The first time: what is still to be set up."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from selectolax.lexbor import LexborHTMLParser

from buzon.config import Origin, Settings
from buzon.web import Way
from buzon.web.ports import Sending
from web.fake_desk import FakeDesk
from web.fake_people import FIRST_LINK
from web.fake_post import make_box
from web.site import Site

ANA = {
    "email": "ana@example.com", "name": "Ana", "password": "siete cajas azules",
    "again": "siete cajas azules",
}  # fmt: skip


async def steps(client: httpx.AsyncClient) -> list[str]:
    nodes = LexborHTMLParser((await client.get("/set-up")).text).css(".step")
    return [" ".join(node.text(separator=" ").split()) for node in nodes]


@pytest.mark.parametrize("configured", [False, True])
async def test_the_first_administrator_begins_here_while_no_mailbox_is_read(
    stranger: httpx.AsyncClient, desk: FakeDesk, configured: bool
) -> None:
    desk.inboxes = [make_box("a@example.com")] if configured else []
    answer = await stranger.post(f"/sign-in/{FIRST_LINK}", data=ANA)
    assert answer.headers["location"] == ("/" if configured else "/set-up")


async def test_what_is_done_is_marked(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.events = {}
    marks = [step.split()[0] for step in await steps(client)]
    assert marks == ["1", "2", "3", "done", "5"]  # there are categories from the first
    desk.chosen = {"company": "Cajas"}
    desk.inboxes = [make_box("a@example.com")]
    desk.goes_out = Way(host="smtp.example.com", port=587, comes=Origin("pages"))
    desk.state = replace(desk.state, sandbox="")
    done = await steps(client)
    assert [step.split()[0] for step in done] == ["done"] * 4
    assert "through smtp.example.com:587" in done[2]


@pytest.mark.parametrize(
    ("way", "kind", "told"),
    [
        ({}, "smtp", "Customers are answered."),
        ({}, "paused", "Answers are off"),
        ({}, "failing", "Sending fails"),
        ({"locked": True}, "smtp", "Nothing is sent: the password was locked with another key."),
        ({"host": ""}, "off", "Nothing is sent: answers are written, shown and kept."),
        ({"host": ""}, "external", "An external program sends the answers."),
    ],
)
async def test_it_says_whether_customers_are_answered(
    client: httpx.AsyncClient, desk: FakeDesk, way: dict[str, Any], kind: Any, told: str
) -> None:
    desk.goes_out = replace(Way(host="h", port=587, comes=Origin("pages")), **way)
    desk.state = replace(desk.state, sending=Sending(kind))
    step = (await steps(client))[2]
    assert told in step
    assert ("Customers are answered." in step) == (told == "Customers are answered.")
    assert step.startswith("done") == (not way.get("locked") and kind != "off")


async def test_who_and_where_one_is_is_chosen(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    form = {"company": "Cajas", "language": "en", "timezone": "Atlantic/Canary"}
    answer = await client.post("/set-up", data={**form, "risk": "50"})
    assert answer.headers["location"] == "/set-up"
    assert desk.chosen == form
    answer = await client.post("/set-up", data={**form, "timezone": "Atlantis"})
    assert answer.status_code == 422
    assert "There is no such time zone" in answer.text
    assert 'value="Atlantis"' in answer.text


async def test_what_is_chosen_elsewhere_is_told_in_words(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.settings_given = Settings(_env_file=None, language="es")
    company = (await steps(client))[0]
    assert "Language of answers Spanish" in company


async def test_sample_mails_are_played(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    answer = await client.post("/set-up/samples")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert desk.played == 1


async def test_who_comes_from_here_comes_back_here(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    box = {"user": "a@example.com", "password": "x", "host": "h", "first": "1", "do": "save"}
    assert (await client.post("/settings/mailboxes", data=box)).headers["location"] == "/set-up"
    way = {"smtp_host": "h", "smtp_from": "a@example.com", "first": "1", "do": "save"}
    assert (await client.post("/settings/sending", data=way)).headers["location"] == "/set-up"


def test_a_buzon_is_set_up_from_the_first_step_to_the_last(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/set-up")
    page.get_by_label("Company").fill("Cajas del Norte")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".step").first.locator(".step-mark")).to_have_class("step-mark done")
    page.get_by_role("link", name="Gmail").click()
    page.get_by_label("User, usually the address").fill("soporte@gmail.com")
    page.get_by_label("Password").fill("abcd efgh")
    page.get_by_role("button", name="Test and save").click()
    page.get_by_role("link", name="Set it up").click()
    expect(page.get_by_label("SMTP server")).to_have_value("smtp.gmail.com")
    page.get_by_label("Password").fill("abcd efgh")
    page.get_by_role("button", name="Send a test mail to me").click()
    page.get_by_role("button", name="Answer customers from now on").click()
    expect(page.locator(".step-mark.done")).to_have_count(5)  # mails are there already
    for width in (390, 768, 1024, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    page.get_by_role("button", name="Play sample mails").click()
    expect(page.get_by_role("heading", name="Mails", exact=True)).to_be_attached()
    assert site.desk.played == 1

"""The mails that could not become an event."""

from dataclasses import replace

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.web.context import COOKIE
from web.fake_desk import FakeDesk
from web.fake_people import SESSIONS
from web.letters import make_raw

EVIL = "<img src=x onerror=alert(1)>"


async def page_of(client: httpx.AsyncClient, path: str) -> LexborHTMLParser:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


def texts(page: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in page.css(selector)]


async def test_each_says_whose_it_is_why_it_is_here_and_how_large(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.park(7, make_raw(), f"The database refuses: {EVIL}")
    page = await page_of(client, "/quarantine")
    (entry,) = texts(page, ".entry")
    assert entry.startswith("Sandbox now · 1")
    assert f"The database refuses: {EVIL}" in entry
    assert not page.css("main img")


async def test_its_source_can_be_read_and_saved(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.park(7, make_raw(subject=f"Caja pequeña {EVIL}"))
    page = await page_of(client, "/quarantine/7/source")
    assert f"Caja pequeña {EVIL}" in texts(page, ".source dd")
    file = await client.get("/quarantine/7/source.eml")
    assert file.content == make_raw(subject=f"Caja pequeña {EVIL}")
    assert "attachment" in file.headers["content-disposition"]


async def test_a_mail_that_is_taken_by_now_is_opened(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.park(7, make_raw())
    answer = await client.post("/quarantine/7/try-again")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/mails/1"
    assert texts(await page_of(client, "/quarantine"), ".empty h2") == ["No mail is in quarantine."]


async def test_a_mail_that_is_refused_again_stays_and_the_reason_is_told(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.park(7, make_raw())
    desk.refuses = f"The database refuses: {EVIL}"
    answer = await client.post("/quarantine/7/try-again")
    assert answer.status_code == 409
    page = LexborHTMLParser(answer.text)
    assert texts(page, ".fault") == [
        f"The mail was refused again, and stays here. The database refuses: {EVIL}"
    ]
    assert len(page.css(".entry")) == 1


async def test_what_was_never_handed_out_can_not_be_handed_in(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.park(7, b"")
    page = await page_of(client, "/quarantine")
    assert not page.css('form[action$="/try-again"]')
    assert "it is still in the mailbox" in texts(page, ".entry")[0]
    answer = await client.post("/quarantine/7/try-again")
    assert answer.status_code == 422
    assert "look at it there" in answer.text


@pytest.mark.parametrize("path", ["source", "source.eml"])
async def test_what_is_not_there_is_told(client: httpx.AsyncClient, path: str) -> None:
    for answer in (
        await client.get(f"/quarantine/9/{path}"),
        await client.post("/quarantine/9/try-again"),
        await client.post("/quarantine/delete", data={"id": "9"}),
    ):
        assert answer.status_code == 404
        assert "There is no such mail in quarantine." in answer.text


async def test_who_only_looks_is_not_offered_what_is_not_theirs_to_do(
    stranger: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.park(7, make_raw())
    stranger.cookies.set(COOKIE, SESSIONS["viewer"])
    page = await page_of(stranger, "/quarantine")
    assert len(page.css(".entry")) == 1
    assert not page.css("main form, .entry-acts")
    stranger.cookies.set(COOKIE, SESSIONS["operator"])
    operators = await page_of(stranger, "/quarantine")
    assert operators.css('form[action$="/try-again"]')
    assert not operators.css('form[action$="/delete"], input[type=checkbox]')


async def test_the_strip_leads_to_what_it_tells_of(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.state = replace(desk.state, held=2, parked=1)
    links = [a.attributes["href"] for a in (await page_of(client, "/")).css("#status a")]
    assert links == ["/outbox", "/model", "/outbox?state=held", "/quarantine"]


async def test_older_ones_are_a_page_away(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    for id in range(1, 61):
        desk.park(id, make_raw())
    page = await page_of(client, "/quarantine")
    assert len(page.css(".entry")) == 50
    assert [a.attributes["href"] for a in page.css(".list-pages a")] == ["/quarantine?before=11"]
    older = await page_of(client, "/quarantine?before=11")
    assert len(older.css(".entry")) == 10
    fields = {i.attributes["name"]: i.attributes["value"] for i in older.css("#delete-7 input")}
    answer = await client.post("/quarantine/delete", data=fields)
    assert (7 in desk.in_quarantine, answer.headers["location"]) == (False, "/quarantine?before=11")


async def test_a_line_that_is_no_mail_can_only_be_looked_at_and_deleted(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.park(7, b'{"id": 7}', "not a mail in JSON: no from")
    page = await page_of(client, "/quarantine")
    assert not page.css('form[action$="/try-again"]')
    answer = await client.post("/quarantine/delete", data={"id": "7"})
    assert answer.headers["location"] == "/quarantine"
    assert texts(await page_of(client, "/quarantine"), ".empty h2") == ["No mail is in quarantine."]


async def test_those_selected_are_deleted_at_once_and_all_shown_too(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    for id in range(1, 5):
        desk.park(id, make_raw())
    page = await page_of(client, "/quarantine")
    boxes = page.css(".entry input[type=checkbox][name=id][form=chosen]")
    assert [box.attributes["value"] for box in boxes] == ["4", "3", "2", "1"]
    assert page.css('form#chosen[method=post][action="/quarantine/delete"]')
    await client.post("/quarantine/delete", data={"id": ["2", "4", "99"]})
    assert sorted(desk.in_quarantine) == [1, 3]
    page = await page_of(client, "/quarantine")
    assert texts(page, "#delete-shown h2") == ["Delete the 2 mails shown?"]
    shown = [field.attributes["value"] for field in page.css("#delete-shown input")]
    await client.post("/quarantine/delete", data={"id": shown})
    assert desk.in_quarantine == {}


@pytest.mark.parametrize("form", [{}, {"id": ""}, {"id": "all"}, {"id": "0"}, {"id": "9" * 30}])
async def test_nothing_selected_is_told(
    client: httpx.AsyncClient, desk: FakeDesk, form: dict[str, str]
) -> None:
    desk.park(7, make_raw())
    answer = await client.post("/quarantine/delete", data=form)
    assert answer.status_code == 422
    assert "No mail is selected." in answer.text
    assert list(desk.in_quarantine) == [7]

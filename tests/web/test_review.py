"""What waits for a person, one mail at a time."""

from dataclasses import replace

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from web.fake_desk import FakeDesk, make_event


def waiting(desk: FakeDesk, *ids: int) -> None:
    desk.events = {id: make_event(id, needs_review=True) for id in ids}


async def test_one_mail_is_shown_with_how_far_one_is(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    waiting(desk, 4, 5)
    page = LexborHTMLParser((await client.get("/review")).text)
    assert [mail.attributes["data-id"] for mail in page.css(".mail")] == ["4"]
    assert " ".join(page.css_first(".review-figures").text().split()) == "2 wait"
    assert page.css_first("#verdict")
    assert not page.css("[data-step]")


async def test_a_mail_is_left_for_later(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    waiting(desk, 4, 5)
    page = LexborHTMLParser((await client.get("/review")).text)
    later = page.css_first('[data-key="j"]').attributes["hx-post"]
    answer = await client.post(later or "", headers={"HX-Request": "true"})
    mail = LexborHTMLParser(answer.text).css_first(".mail")
    assert mail.attributes["data-id"] == "5"
    assert (await client.post(later or "")).headers["location"] == "/review"


async def hold(client: httpx.AsyncClient, id: int) -> str:
    answer = await client.post(f"/review/{id}/hold", headers={"HX-Request": "true"})
    page = LexborHTMLParser(answer.text)
    assert page.css_first("#review-figures")
    return " ".join(page.css_first("#held").text().split())


async def test_a_mail_that_is_looked_at_is_held(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    waiting(desk, 4)
    page = LexborHTMLParser((await client.get("/review")).text)
    assert page.css_first("#held").attributes["hx-post"] == "/review/4/hold"
    assert await hold(client, 4) == ""
    assert desk.held == [4]


@pytest.mark.parametrize("who", ["Luis", "Ana Ruiz"])
async def test_what_somebody_else_said_of_it_is_told_and_a_way_on_offered(
    client: httpx.AsyncClient, desk: FakeDesk, who: str
) -> None:
    waiting(desk, 4)
    desk.note_label(desk.events[4], "consulta", who)
    desk.events[4] = replace(desk.events[4], true_label="consulta", needs_review=False)
    told = "Luis has said meanwhile that this is “Query”. Go onJ" if who == "Luis" else ""
    assert await hold(client, 4) == told
    assert desk.held == []


async def test_a_mail_that_another_has_by_now_or_that_no_longer_waits_is_told(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    waiting(desk, 4)
    desk.before_others = {4}
    assert "Somebody else has this mail before them now." in await hold(client, 4)
    desk.events[4] = replace(desk.events[4], needs_review=False)
    assert "no longer waits for a person" in await hold(client, 4)


async def test_who_leaves_gives_the_mail_back_unless_another_site_makes_them(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert (await client.post("/review/4/give-back", headers=foreign)).status_code == 403
    assert desk.given_back == []
    own = {"Sec-Fetch-Site": "same-origin"}
    assert (await client.post("/review/4/give-back", headers=own)).status_code == 204
    assert desk.given_back == [4]


async def test_that_an_audit_is_one_is_not_told(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.events = {1: make_event(1, needs_review=True, audited=True)}
    page = (await client.get("/review")).text
    assert "audit" not in page.lower()
    assert "audit" not in LexborHTMLParser((await client.get("/")).text).css_first(".row").text()


async def test_when_none_waits_the_page_says_so(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    page = (await client.get("/review")).text
    assert "No mail waits for a person" in page


async def test_when_all_is_before_others_the_page_says_so(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    waiting(desk, 4)
    desk.later = {4}
    assert "before others, or left for later" in (await client.get("/review")).text

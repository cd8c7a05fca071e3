"""What waits for a person, one mail at a time."""

import httpx
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
    assert " ".join(page.css_first(".review-figures").text().split()) == "2 wait 0 by you today"
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

"""The automatic answers, by what became of them."""

from datetime import UTC, datetime

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from web.fake_desk import FakeDesk, make_event, make_reply, unanswered

EVIL = "<img src=x onerror=alert(1)>"


async def page_of(client: httpx.AsyncClient, path: str) -> LexborHTMLParser:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


def texts(page: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in page.css(selector)]


def put(desk: FakeDesk, id: int, **changes: object) -> None:
    desk.events[id] = make_event(id, reply=make_reply(**changes))


async def test_each_answer_leads_to_its_mail_and_says_how_it_stands(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = unanswered(3)
    put(desk, 4, status="failed", subject=EVIL, recipient=EVIL, detail=f"550 {EVIL}")
    page = await page_of(client, "/outbox")
    links = [str(a.attributes["href"]) for a in page.css(".entry-name a")]
    assert links == ["/mails/4", "/mails/2", "/mails/1"]
    assert texts(page, ".entry-name strong")[0] == EVIL
    assert texts(page, ".post-state")[0] == f"Could not be sent 550 {EVIL}"
    assert texts(page, ".post-state")[1] == "Kept, not sent"
    assert not page.css("main img")


@pytest.mark.parametrize(
    ("state", "status"),
    [("waiting", "queued"), ("waiting", "sending"), ("held", "held"), ("failed", "failed"),
     ("sent", "sent"), ("handed", "handed")],
)  # fmt: skip
async def test_those_of_one_state_can_be_looked_at(
    client: httpx.AsyncClient, desk: FakeDesk, state: str, status: str
) -> None:
    put(desk, 3, status=status)
    page = await page_of(client, f"/outbox?state={state}")
    assert [str(a.attributes["href"]) for a in page.css(".entry-name a")] == ["/mails/3"]
    assert page.css_first(".states-choice [aria-current]").attributes["href"] == (
        f"/outbox?state={state}"
    )


async def test_what_was_handed_out_is_not_said_to_be_sent(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    put(desk, 3, status="handed", handed_at=datetime.now(UTC))
    put(desk, 4, status="handed")  # before it was noted when
    page = await page_of(client, "/outbox?state=handed")
    assert texts(page, ".post-state .outcome.good") == ["Handed to the external sender"]
    assert texts(page, ".post-state .outcome.waiting") == ["In the external sender's hands"]
    assert texts(await page_of(client, "/mails/3"), ".answer .outcome.good") == []


async def test_what_is_held_back_says_why(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    put(desk, 3, status="held")
    told = texts(await page_of(client, "/outbox?state=held"), ".post-state")[0]
    assert "More than 10,000 answers an hour are not let go." in told


async def test_what_was_put_off_says_until_when(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    put(desk, 3, status="queued", attempts=2, detail="451 not now")
    told = texts(await page_of(client, "/outbox"), ".post-state")[0]
    assert "Tried 2 times; again " in told
    assert told.endswith("451 not now")


async def test_older_ones_are_a_page_away_in_the_same_state(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    for id in range(1, 61):
        put(desk, id, status="sent")
    page = await page_of(client, "/outbox?state=sent")
    assert len(page.css(".entry")) == 50
    (older,) = page.css(".list-pages a")
    assert older.attributes["href"] == "/outbox?state=sent&before=11"
    last = await page_of(client, "/outbox?state=sent&before=11")
    assert len(last.css(".entry")) == 10
    assert [a.attributes["href"] for a in last.css(".list-pages a")] == ["/outbox?state=sent"]


async def test_an_empty_list_says_what_is_missing(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert texts(await page_of(client, "/outbox?state=held"), ".empty h2") == [
        "There is none in this state."
    ]
    desk.events.clear()
    assert texts(await page_of(client, "/outbox"), ".empty h2") == ["No mail was answered yet."]


@pytest.mark.parametrize(
    "query", ["state=nope", "before=0", "before=x", "before=99999999999999999999"]
)
async def test_an_address_without_sense_says_so(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/outbox?{query}")
    assert answer.status_code == 422
    assert "This address makes no sense." in answer.text


async def test_what_we_say_of_an_attempt_is_in_the_reader_s_language_wherever_it_stands(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    put(
        desk, 3, status="failed", attempts=1, detail="The SMTP server a:25 broke off at RCPT: gone."
    )
    spanish = {"Accept-Language": "es"}
    told = "El servidor SMTP a:25 cortó la conexión en RCPT: <code>gone</code>."
    for path in ("/outbox", "/mails/3"):
        assert told in (await client.get(path, headers=spanish)).text, path
    row = LexborHTMLParser((await client.get("/", headers=spanish)).text).css_first("#event-3")
    assert row.css_first(".row-outcome").attributes["title"] == (
        "El servidor SMTP a:25 cortó la conexión en RCPT: gone."
    )

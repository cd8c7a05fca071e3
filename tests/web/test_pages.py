"""What the pages show, and that nothing of a mail becomes markup."""

from dataclasses import replace

import httpx
from selectolax.lexbor import LexborHTMLParser

from buzon.records import Sign
from buzon.web import MailboxState, Sending, Status
from buzon.web.context import COOKIE
from buzon.web.view import place_of
from web.fake_desk import ATTACHMENT, FakeDesk, make_event, make_reply, unanswered
from web.fake_people import SESSIONS


async def text_of(client: httpx.AsyncClient, path: str, selector: str) -> str:
    page = LexborHTMLParser((await client.get(path)).text)
    nodes = page.css(selector)
    assert nodes, f"{selector} is not on {path}"
    return " ".join(" ".join(node.text() for node in nodes).split())


async def test_a_row_says_category_confidence_and_outcome(client: httpx.AsyncClient) -> None:
    row = await text_of(client, "/", "#event-2")
    assert "Order" in row
    assert "97%" in row
    assert "Kept, not sent" in row
    assert "Ana Ruiz" in row
    assert "Necesito veinte cajas" in row


async def test_of_a_mail_without_a_word_the_model_is_said_to_know_nothing(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(3, subject="", body="", category="otro", confidence=0.0)
    assert await text_of(client, "/", "#event-3 .row-share") == "No text"
    told = await text_of(client, "/mails/3", "#category")
    assert "no word in this mail that it could have read" in told
    assert "%" not in told


async def test_the_newest_mail_is_on_top(client: httpx.AsyncClient) -> None:
    page = LexborHTMLParser((await client.get("/")).text)
    assert [row.attributes["data-id"] for row in page.css(".row")] == ["2", "1"]


async def test_a_mail_that_was_not_answered_says_the_rule_as_a_sentence(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = unanswered(3, sender_name="Noticias")
    desk.events[4] = replace(unanswered(4), signs=(Sign("otro", "91%"),))
    assert "Not answered" in await text_of(client, "/", "#event-3")
    assert "customer's request" in await text_of(client, "/", "#event-4 .why")
    told = await text_of(client, "/mails/4", "#answer .signs")
    assert "customer's request" in told
    assert "91%" not in told  # how sure the model was stands beside it


async def test_the_answer_that_a_mail_got_is_told_whatever_is_thought_of_it_since(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(3, confidence=0.99, reply=make_reply(template="neutral"))
    desk.events[4] = make_event(4, needs_review=True, confidence=0.3, true_label="consulta")
    assert await text_of(client, "/", "#event-3 .why") == "Neutral answer"
    assert await text_of(client, "/", "#event-4 .why") == "Answer for “Order”"


async def test_an_answer_that_the_category_makes_one_expect_needs_no_word_in_the_list(
    client: httpx.AsyncClient,
) -> None:
    assert await text_of(client, "/", "#event-2 .why") == ""
    assert "Answer for “Order”" in await text_of(client, "/mails/2", "#answer")


async def test_the_list_tells_what_waits_for_a_person_and_what_was_labelled(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(3, needs_review=True)
    desk.events[4] = make_event(4, true_label="pedido")
    desk.events[5] = make_event(5, true_label="consulta")
    assert "To review" not in await text_of(client, "/", "#event-2")
    assert "To review" in await text_of(client, "/", "#event-3 .row-share")
    assert await text_of(client, "/", "#event-4 .row-share") == "Confirmed"
    assert await text_of(client, "/", "#event-5 .row-share") == "Corrected model: Order"
    assert await text_of(client, "/", "#event-5 .row-category") == "Query"


async def test_an_open_mail_shows_the_whole_text_and_its_answer(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(
        3, body="Hola.\n" * 300 + "El final.", attachments=(ATTACHMENT,), defects=("no-date",)
    )
    mail = await text_of(client, "/mails/3", ".mail")
    assert "El final." in mail
    assert "lo estamos preparando" in mail
    assert "Re: Pedido de veinte cajas" in mail
    assert "plano.pdf" in mail
    assert "1.4\N{NO-BREAK SPACE}MB" in (await client.get("/mails/3")).text
    assert "no-date" in mail
    assert "Complaint" in await text_of(client, "/mails/3", ".shares")


async def test_a_failed_answer_shows_the_servers_words(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    reply = make_reply(status="failed", detail="550 5.1.1 No such user", attempts=1)
    desk.events[3] = make_event(3, reply=reply)
    answer = await text_of(client, "/mails/3", "#answer")
    assert "Could not be sent" in answer
    assert "After 1 attempt: 550 5.1.1 No such user" in answer


async def test_htmx_gets_the_mail_alone_and_the_window_s_title(client: httpx.AsyncClient) -> None:
    part = await client.get("/mails/1", headers={"HX-Request": "true"})
    title, _, mail = part.text.partition("\n")
    assert title == "<title>Pedido de veinte cajas 1 · Mails · Cajas Ejemplo</title>"
    assert mail.lstrip().startswith("<article")


async def test_the_page_of_a_mail_has_the_same_title_and_the_list_its_own(
    client: httpx.AsyncClient,
) -> None:
    for path, title in (
        ("/mails/1", "Pedido de veinte cajas 1 · Mails · Cajas Ejemplo"),
        ("/", "Mails · Cajas Ejemplo"),
    ):
        page = LexborHTMLParser((await client.get(path)).text)
        assert page.css_first("head title").text() == title


async def test_markup_in_a_mail_stays_text(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"' {{ 7*7 }} %(x)s"
    desk.events[3] = make_event(
        3,
        subject=evil, body=evil, sender_name=evil, sender=evil, recipients=(evil,),
        message_id=evil, category=evil, probabilities={evil: 0.97}, defects=(evil,),
        language=evil, mailbox=evil, model_version=evil, signs=(Sign(evil, evil),),
        attachments=(replace(ATTACHMENT, name=evil, content_type=evil),),
        reply=make_reply(subject=evil, text=evil, detail=evil, recipient=evil),
    )  # fmt: skip
    for path in ("/", "/mails/3"):
        page = LexborHTMLParser((await client.get(path)).text)
        assert not page.css("img")
        assert all(script.attributes.get("src") for script in page.css("script"))
        assert not [n for n in page.css("*") if any(k.startswith("on") for k in n.attributes)]
        assert evil in page.css_first("#event-3 .subject").text()


async def test_no_page_has_style_or_script_within(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    for path in ("/", "/mails/1", "/sign-in", "/nowhere"):
        page = LexborHTMLParser((await client.get(path)).text)
        assert not page.css("[style], style, script:not([src])"), path


async def test_older_mails_are_pages_of_fifty(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.events = {id: make_event(id) for id in range(1, 121)}
    seen: list[str] = []
    path = "/"
    while path:
        page = LexborHTMLParser((await client.get(path)).text)
        seen += [str(row.attributes["data-id"]) for row in page.css(".row")]
        older = page.css_first("#older")
        path = "" if "hidden" in older.attributes else str(older.attributes["href"])
    assert seen == [str(id) for id in range(120, 0, -1)]


async def test_a_mail_opened_from_an_older_page_keeps_that_list(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events = {id: make_event(id) for id in range(1, 121)}
    before = f"/?before={place_of(desk.events[71])}"
    older = LexborHTMLParser((await client.get(before)).text)
    address = str(older.css_first("#event-70 a").attributes["href"])
    page = LexborHTMLParser((await client.get(address)).text)
    assert page.css_first(".row").attributes["data-id"] == "70"
    assert page.css_first("a.close").attributes["href"] == before


async def test_what_is_to_review_is_listed_by_itself_in_pages_of_fifty(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events = {id: make_event(id, needs_review=id % 2 == 0) for id in range(1, 141)}
    desk.events[140] = make_event(140, needs_review=True, true_label="pedido")
    first = LexborHTMLParser((await client.get("/?review=1")).text)
    rows = [int(str(row.attributes["data-id"])) for row in first.css(".row")]
    assert rows == list(range(138, 38, -2))
    assert first.css_first("#to-review").text() == "69"
    assert first.css_first("#event-138 a").attributes["href"] == "/mails/138?review=1"
    older = first.css_first("#older").attributes["href"]
    assert older == f"/?review=1&before={place_of(desk.events[40])}"
    last = LexborHTMLParser((await client.get(str(older))).text)
    assert [row.attributes["data-id"] for row in last.css(".row")] == [
        str(id) for id in range(38, 0, -2)
    ]
    assert last.css_first(".list-state .page-link").attributes["href"] == "/?review=1"


async def test_a_mail_opened_among_those_to_review_is_closed_to_them(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(3, needs_review=True)
    page = LexborHTMLParser((await client.get("/mails/3?review=1")).text)
    assert page.css_first("a.close").attributes["href"] == "/?review=1"
    assert len(page.css(".row")) == 1


async def test_all_mails_and_those_to_review_are_told_apart(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    assert await text_of(client, "/", ".filters [aria-current]") == "All"
    desk.events[3] = make_event(3, needs_review=True)
    assert await text_of(client, "/?review=1", ".filters [aria-current]") == "To review"
    assert await text_of(client, "/?review=1", "#to-review") == "1"
    desk.events = {id: make_event(id, needs_review=True) for id in range(1, 1001)}
    assert await text_of(client, "/", "#to-review") == "999+"


async def test_an_empty_sandbox_says_how_to_send_a_mail(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events.clear()
    empty = await text_of(client, "/", ".empty")
    assert "play sample mails" in empty
    assert "127.0.0.1:2525" in empty
    assert 'action="/set-up/samples"' in (await client.get("/")).text
    client.cookies.set(COOKIE, SESSIONS["operator"])
    assert "sample mails" not in await text_of(client, "/", ".empty")


async def test_an_empty_mailbox_says_how_to_import(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events.clear()
    desk.state = Status(sending=Sending("smtp", "smtp.example.com"), model="3")
    assert "buzon import" in await text_of(client, "/", ".empty")


async def test_the_strip_says_what_fails_in_the_servers_words(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.state = Status(
        mailboxes=(
            MailboxState("info@example.com", "waiting"),
            MailboxState("ventas@example.com", "failing", "NO Contraseña mala.", "sign-in"),
        ),
        sending=Sending("failing", "smtp.example.com:587"),
        held=2,
        parked=1,
    )
    status = await text_of(client, "/", "#status")
    for words in (
        "The mailbox ventas@example.com is not read. The server doesn't let us in. Check the user"
        " and the password. It was told: NO Contraseña mala.",
        "Sending fails",
        "2 answers are held back",
        "1 mail is set aside",
        "No model yet",
    ):
        assert words in status


async def test_alarms_of_the_model_are_a_sentence_each_with_a_way_to_it(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.state = replace(desk.state, alarms=("promise", "categories", "confidence", "words"))
    told = await text_of(client, "/", ".alarms")
    for sentence in (
        "The promise is not kept: too much was in the wrong category. See the model",
        "The mix of categories is not what it was. See the model",
        "How sure the model is has changed. See the model",
        "The share of words that the model does not know has changed. See the model",
    ):
        assert sentence in told
    page = LexborHTMLParser((await client.get("/")).text)
    assert {link.attributes["href"] for link in page.css(".alarm a")} == {"/model"}
    assert not LexborHTMLParser((await client.get("/model")).text).css(".alarms")


async def test_an_unknown_mail_is_a_sentence_with_a_way_on(client: httpx.AsyncClient) -> None:
    answer = await client.get("/mails/999")
    assert answer.status_code == 404
    assert "There is no mail with this number." in answer.text
    part = await client.get("/mails/999", headers={"HX-Request": "true"})
    assert part.text.startswith('<article class="problem">')


async def test_an_address_out_of_range_is_refused(client: httpx.AsyncClient) -> None:
    for path in ("/mails/99999999999999999999", "/?before=x", "/mails/-1"):
        assert (await client.get(path)).status_code == 422


async def test_a_database_that_is_away_is_a_sentence(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.down = True
    answer = await client.get("/")
    assert answer.status_code == 503
    assert "The database does not answer." in answer.text

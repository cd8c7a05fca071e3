"""An open mail: its conversation, its text or HTML, its attachments, and the mail as it came."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from buzon.records import Sign
from buzon.store.delivery_attempts import Attempt
from web.cookies import assert_out_of_reach
from web.fake_desk import ATTACHMENT, FakeDesk, make_event, make_reply
from web.letters import PAGES, make_raw

HTMX = {"HX-Request": "true"}
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"


async def page_of(client: httpx.AsyncClient, path: str) -> LexborHTMLParser:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


def texts(page: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in page.css(selector)]


def talk(desk: FakeDesk, ids: range) -> None:
    for id in ids:
        answer = make_reply(text=f"Respuesta {id}") if id == ids[0] else None
        desk.events[id] = make_event(
            id, thread_id="one", body=f"Texto {id}", reply=answer, answered=answer is not None
        )


async def test_the_rest_of_the_conversation_stands_folded_in_the_order_of_time(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    talk(desk, range(11, 15))
    page = await page_of(client, "/mails/13")
    assert texts(page, ".folded .snippet") == ["Texto 11", "Respuesta 11", "Texto 12", "Texto 14"]
    assert texts(page, "#text") == ["Texto 13"]
    assert texts(page, ".folded.answer .folded-who") == ["Automatic answer"]
    assert not page.css(".letters > .page-link")


@pytest.mark.parametrize(
    ("header", "told"), [("From: ", "It names no sender."), ("From: <nadie>", "From: <nadie>")]
)
async def test_a_mail_without_a_sender_says_so_in_words(
    client: httpx.AsyncClient, desk: FakeDesk, header: str, told: str
) -> None:
    desk.events[3] = replace(
        make_event(3, sender="", sender_name="", answered=False, reply=None),
        signs=(Sign("no-sender", header),),
    )
    page = await page_of(client, "/mails/3")
    assert texts(page, "#answer .signs :is(.small, code)") == [told]


async def test_of_a_long_conversation_there_is_a_way_to_the_rest(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    talk(desk, range(100, 200))
    page = await page_of(client, "/mails/150")
    assert len(page.css(".folded")) == 50
    before, after = page.css(".letters > .page-link")
    assert before.attributes["hx-get"] == "/mails/125/earlier"
    assert after.attributes["hx-get"] == "/mails/175/later"
    more = await page_of(client, "/mails/125/earlier")
    assert texts(more, ".folded:not(.answer) .snippet")[-1] == "Texto 124"
    last = await page_of(client, "/mails/110/earlier")
    assert texts(last, ".folded:not(.answer) .snippet") == [f"Texto {n}" for n in range(100, 110)]
    assert not last.css(".page-link")


async def test_a_folded_mail_is_read_in_its_place(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[3] = make_event(3, body=EVIL, attachments=(ATTACHMENT,))
    page = await page_of(client, "/mails/3/text")
    assert texts(page, ".text") == [EVIL]
    assert page.css_first(".attachments a").attributes["href"] == "/mails/3/attachments/0"
    assert not page.css("script, img")


async def test_a_mail_of_text_alone_is_offered_as_nothing_else(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.raws = {1: make_raw(), 2: make_raw("<p>Hola</p>")}
    assert not (await page_of(client, "/mails/1")).css(".segments")
    assert texts(await page_of(client, "/mails/2"), ".segments a") == ["Text", "HTML"]


async def test_who_reads_html_goes_on_reading_it(client: httpx.AsyncClient, desk: FakeDesk) -> None:
    desk.raws = {id: make_raw("<p>Hola</p>") for id in (1, 2)}
    part = await client.get("/mails/1/body?as=html", headers=HTMX)
    frame = LexborHTMLParser(part.text).css_first("#letter-body iframe")
    assert frame.attributes["src"] == "/mails/1/html?lang=es"
    assert "allow-scripts" not in str(frame.attributes["sandbox"])
    page = await page_of(client, "/mails/2")
    assert page.css("iframe")
    assert not page.css("#text, #words-switch")
    await client.get("/mails/1/body?as=text", headers=HTMX)
    assert (await page_of(client, "/mails/2")).css("#text")


async def test_without_javascript_the_switch_comes_back_to_the_mail(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    answer = await client.get("/mails/1/body?as=html")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/mails/1"
    assert (await client.get("/mails/1/body?as=pdf")).status_code == 422


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_that_choice_is_kept_in_a_cookie_as_safe_as_any(
    client: httpx.AsyncClient, scheme: str
) -> None:
    answer = await client.get(f"{scheme}://buzon.example/mails/1/body?as=html")
    assert_out_of_reach(answer, scheme)


async def test_a_mail_is_marked_with_its_language_wherever_it_stands(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[1] = make_event(1, language="fr")
    desk.raws[1] = make_raw((PAGES / "script.html").read_text())
    page = LexborHTMLParser((await client.get("/mails/1?as=text")).text)
    for place in ("#subject", "#text", "#event-1 .row-subject"):
        for node in page.css(place):
            assert node.attributes["lang"] == "fr"
    assert page.css("#subject, #event-1 .row-subject")
    assert '<html lang="fr">' in (await client.get("/mails/1/html?lang=fr")).text


async def test_what_stands_in_the_frame_may_run_and_fetch_nothing(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.raws[1] = make_raw((PAGES / "script.html").read_text())
    answer = await client.get("/mails/1/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-same-origin allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "frame-ancestors 'self'" in policy
    page = LexborHTMLParser(answer.text)
    assert [link.attributes["href"] for link in page.css("link")] == [
        str(page.css_first("link").attributes["href"])
    ]
    assert not page.css("script, svg, iframe, base, [onclick], [onerror], meta[http-equiv]")


async def test_no_other_page_may_be_framed(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/mails/1")).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy


async def test_remote_images_are_counted_and_a_cut_is_told(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    client.cookies.set("buzon_letter", "html")
    desk.raws[1] = make_raw((PAGES / "remote.html").read_text())
    assert (
        "11 remote images were left out" in texts(await page_of(client, "/mails/1"), ".blocked")[0]
    )
    desk.raws[1] = make_raw("<p>" * 20_000)
    (told,) = texts(await page_of(client, "/mails/1"), ".blocked")
    assert "Only the beginning" in told


async def test_quoted_history_is_folded_also_where_words_are_marked(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    body = "Necesito otra.\n\nEl lun, 3 feb 2025 a las 10:15, T <t@x.es> escribió:\n" + "> a\n" * 9
    desk.events[3] = make_event(3, body=body)
    for path in ("/mails/3", "/mails/3/words"):
        page = await page_of(client, path)
        assert texts(page, "#text .quoted summary") == ["10 quoted lines"]
        assert page.css_first("#text").text().startswith("Necesito otra.\n\n")
    assert texts(page, "#text mark") == ["Necesito"]


async def test_an_attachment_is_saved_under_its_name_and_nothing_else(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[1] = make_event(1, attachments=(ATTACHMENT,))
    desk.raws[1] = make_raw(attachments={"año.pdf": b"%PDF"})
    page = await page_of(client, "/mails/1")
    assert texts(page, ".attachments a") == ["plano.pdf PDF · 1.4 MB"]
    file = await client.get(str(page.css_first(".attachments a").attributes["href"]))
    assert file.content == b"%PDF"
    assert file.headers["content-disposition"].endswith("filename*=UTF-8''a%C3%B1o.pdf")
    assert file.headers["x-content-type-options"] == "nosniff"
    for number in ("1", "77", "-1", "x", "9999"):
        assert (await client.get(f"/mails/1/attachments/{number}")).status_code in {404, 422}


async def test_the_source_shows_headers_decoded_and_then_the_mail_as_it_came(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.raws[1] = make_raw(subject=f"Caja pequeña {EVIL}", text="x" * 50)
    page = await page_of(client, "/mails/1/source")
    assert f"Caja pequeña {EVIL}" in texts(page, ".source dd")
    assert "=?utf-8?" in texts(page, ".source pre")[0]
    assert not page.css("main script, main img")
    file = await client.get("/mails/1/source.eml")
    assert file.content == desk.raws[1]
    assert file.headers["content-type"] == "message/rfc822"


async def test_of_a_large_mail_the_beginning_is_shown_and_all_can_be_saved(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.raws[1] = make_raw(text="una línea\n" * 100_000)
    page = await page_of(client, "/mails/1/source")
    assert "the first 200 kB are shown" in " ".join(texts(page, ".source header p")).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert len(page.css_first(".source pre").text()) <= 200_000
    assert (await client.get("/mails/1/source.eml")).content == desk.raws[1]


async def test_a_mail_whose_raw_form_is_gone_says_so_everywhere(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.events[1] = make_event(1, attachments=(ATTACHMENT,))
    page = await page_of(client, "/mails/1")
    assert not page.css(".attachments a")
    assert "no longer kept" in " ".join(texts(page, ".letter .small"))
    assert "no longer kept as it came" in " ".join(
        texts(await page_of(client, "/mails/1/source"), "main p")
    )
    for path in ("source.eml", "attachments/0", "html"):
        answer = await client.get(f"/mails/1/{path}")
        assert answer.status_code == 404
        assert "What is shown of it is all that is left." in answer.text


@pytest.mark.parametrize("path", ["source", "text", "earlier", "later", "body?as=text"])
async def test_what_belongs_to_no_mail_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/mails/77/{path}", headers=HTMX)
    assert answer.status_code == 404
    assert "There is no mail with this number." in answer.text


async def test_the_answer_tells_each_attempt_with_the_servers_words(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    at = datetime.now(UTC) - timedelta(minutes=50)
    desk.events[3] = make_event(3, reply=make_reply(status="sent", attempts=2, sent_at=at))
    desk.attempts[3] = [Attempt(1, at, "retry", f"451 {EVIL}"), Attempt(2, at, "sent", "250 ok")]
    page = await page_of(client, "/mails/3")
    assert texts(page, "#attempts summary") == ["2 attempts to send it"]
    assert texts(page, "#attempts li") == [
        f"Not now: to be tried again 50 min ago 451 {EVIL}",
        "The server took it 50 min ago 250 ok",
    ]
    assert not (await page_of(client, "/mails/1")).css("#attempts")


async def test_a_person_answers_by_mail_and_finds_the_mail_in_gmail_where_it_is_there(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    desk.gmail = {"gmail"}
    desk.reply_to[3] = "pedidos@example.org"
    desk.events[3] = make_event(3, mailbox="gmail", message_id='a"b@x')
    links = [str(a.attributes["href"]) for a in (await page_of(client, "/mails/3")).css(".ways a")]
    assert links[0].startswith("mailto:pedidos@example.org?subject=Re%3A%20Pedido")
    assert links[1] == "https://mail.google.com/mail/u/0/#search/rfc822msgid%3Aa%22b%40x"
    assert links[2] == "/mails/3/source"
    other = await page_of(client, "/mails/1")
    assert texts(other, ".ways a") == ["Answer by mail", "Source"]
    desk.events[1] = replace(desk.events[1], sender="")
    assert texts(await page_of(client, "/mails/1"), ".ways a") == ["Source"]


async def test_of_a_forgotten_mail_it_is_said_that_it_is_no_longer_kept(
    client: httpx.AsyncClient, desk: FakeDesk
) -> None:
    nothing = {"sender": "", "sender_name": "", "subject": "", "body": "", "recipients": ()}
    answer = make_reply(recipient="", subject="", text="", html="")
    forgotten = make_event(21, forgotten_at=datetime.now(UTC), reply=answer, **nothing)
    desk.events[21] = replace(forgotten, thread_id="old")
    page = await page_of(client, "/mails/21")
    assert texts(page, ".opened .text") == [
        "What it said and who sent it is no longer kept. What was counted stays."
    ]
    assert texts(page, "#answer .to")[-1] == "What it said is no longer kept."
    assert texts(page, "#subject, .opened .who") == ["No longer kept", "No longer kept"]
    assert not page.css("#words-switch, #answer .reply-head, .ways a")

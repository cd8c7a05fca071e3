"""POST /classify and POST /messages: a mail is handed over, stored, and answered or not."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from api.conftest import make_client
from api.test_problems import problem
from buzon.errors import ParsingEnded
from buzon.flow import Flow, handle_mails
from buzon.mail.loops import Own
from buzon.mail.understand import Understood
from buzon.records import RawMail
from buzon.store import events
from buzon.store.db import Database
from peers.flows import OWN, raw_mail

MAIL: dict[str, Any] = {
    "from": "ana@example.org",
    "from_name": "Ana López",
    "to": OWN,
    "subject": "Pedido 8841",
    "text": "Quiero dos cajas más.",
    "message_id": "<uno@example.org>",
}


async def classify(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/classify", json=MAIL | changes)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def event(client: httpx.AsyncClient, id: int) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/events/{id}")).json()
    return found


async def count(db: Database) -> int:
    async with db.transaction() as connection:
        return len(await events.after(connection, 0, 1000))


# ── what is answered to the caller ─────────────────────────────────────────────────────────


async def test_a_mail_in_its_parts_becomes_an_event(client: httpx.AsyncClient) -> None:
    answer = await classify(client)
    assert (answer["category"], answer["confidence"]) == ("pedido", 0.96)
    assert sum(answer["probabilities"].values()) == 1
    assert (answer["duplicate"], answer["needs_review"]) == (False, False)
    assert answer["model_version"] == "stub-1"
    stored = await event(client, answer["event_id"])
    assert (stored["sender"], stored["sender_name"]) == ("ana@example.org", "Ana López")
    assert stored["message_id"] == "uno@example.org"
    assert (stored["mailbox"], stored["source"]) == (OWN, "http")
    assert stored["body"] == MAIL["text"]


async def test_a_mail_of_html_alone_is_read(client: httpx.AsyncClient) -> None:
    answer = await classify(client, text="", html="<p>Quiero <b>dos</b> cajas.</p>")
    assert (await event(client, answer["event_id"]))["body"] == "Quiero dos cajas."


async def test_a_mail_may_be_sent_to_several_and_name_its_mailbox(
    client: httpx.AsyncClient,
) -> None:
    answer = await classify(client, to=[OWN, "ventas@example.com"], mailbox="ventas@example.com")
    stored = await event(client, answer["event_id"])
    assert stored["recipients"] == [OWN, "ventas@example.com"]
    assert stored["mailbox"] == "ventas@example.com"


async def test_a_raw_mail_gets_the_same_answer_as_its_parts(client: httpx.AsyncClient) -> None:
    parts = await classify(client)
    raw = raw_mail(subject=MAIL["subject"], body=MAIL["text"])
    answer = await client.post("/messages", content=raw.content)
    assert answer.json() == parts | {"duplicate": True}


async def test_a_raw_mail_may_name_its_mailbox(client: httpx.AsyncClient) -> None:
    answer = await client.post("/messages?mailbox=ventas", content=raw_mail().content)
    assert (await event(client, answer.json()["event_id"]))["mailbox"] == "ventas"


async def test_what_is_no_mail_at_all_is_stored_all_the_same(client: httpx.AsyncClient) -> None:
    answer = await client.post("/messages", content=b"\x00\xff\xfe no mail at all")
    assert answer.status_code == 200
    assert answer.json()["reply"]["send"] is False


async def test_an_unsure_mail_goes_to_a_person(client: httpx.AsyncClient) -> None:
    assert (await classify(client, subject="pedido dudoso"))["needs_review"] is True


# ── who sends the reply ────────────────────────────────────────────────────────────────────


async def test_our_own_reply_is_not_for_the_caller_to_send(client: httpx.AsyncClient) -> None:
    reply = (await classify(client))["reply"]
    assert (reply["send"], reply["why"]) == (False, "queued")
    assert reply["to"] == "ana@example.org"


async def test_an_external_sender_is_handed_the_reply_once(external: httpx.AsyncClient) -> None:
    first, second = await classify(external), await classify(external)
    assert (first["reply"]["send"], first["reply"]["why"]) == (True, "answered")
    assert (second["reply"]["send"], second["reply"]["why"]) == (False, "handed-out-before")
    assert second["duplicate"] is True
    changed = {"duplicate", "reply"}
    assert {k: v for k, v in first.items() if k not in changed} == {
        k: v for k, v in second.items() if k not in changed
    }


async def test_the_reply_handed_out_is_whole(external: httpx.AsyncClient) -> None:
    reply = (await classify(external))["reply"]
    assert reply["to"] == "ana@example.org"
    assert reply["subject"] == "Re: Pedido 8841"
    assert "Ana" in reply["text"]
    assert "<" in reply["html"]
    assert reply["headers"]["In-Reply-To"] == "<uno@example.org>"
    assert reply["headers"]["Auto-Submitted"] == "auto-replied"
    assert reply["message_id"].startswith("<")


async def test_a_mail_that_is_not_answered_says_why(external: httpx.AsyncClient) -> None:
    reply = (await classify(external, headers={"Auto-Submitted": "auto-replied"}))["reply"]
    assert (reply["send"], reply["why"]) == (False, "auto-submitted")
    assert (reply["to"], reply["text"]) == ("", "")


async def test_a_mail_that_lay_in_the_mailbox_for_weeks_is_not_answered(
    external: httpx.AsyncClient,
) -> None:
    old = datetime.now(UTC) - timedelta(days=20)
    for number, date in enumerate((old.isoformat(), old.strftime("%a, %d %b %Y %H:%M:%S +0000"))):
        answer = await classify(external, date=date, message_id=f"<viejo{number}@x.org>")
        assert answer["reply"]["why"] == "old"


async def test_a_date_that_makes_no_sense_is_taken_as_now(external: httpx.AsyncClient) -> None:
    for number, date in enumerate(
        ("ayer", "9999-12-31T23:59:59-23:59", "0001-01-01", "2999-01-01")
    ):
        sender = f"c{number}@example.org"
        answer = await classify(
            external, **{"from": sender, "date": date, "message_id": f"<{number}@x.org>"}
        )
        assert answer["reply"]["send"] is (date != "0001-01-01"), date


async def test_the_same_post_twenty_times_at_once_is_one_event_and_one_reply(
    external: httpx.AsyncClient, db: Database
) -> None:
    answers = await asyncio.gather(*(classify(external) for _ in range(20)))
    assert sorted(answer["duplicate"] for answer in answers) == [False] + [True] * 19
    assert sum(answer["reply"]["send"] for answer in answers) == 1
    assert len({answer["event_id"] for answer in answers}) == 1
    assert await count(db) == 1


async def test_a_mail_that_imap_brought_is_known(
    flow: Flow, client: httpx.AsyncClient, db: Database
) -> None:
    await handle_mails(flow, [raw_mail(subject=MAIL["subject"], body=MAIL["text"])])
    assert (await classify(client))["duplicate"] is True
    assert await count(db) == 1


# ── hostile content ────────────────────────────────────────────────────────────────────────


async def test_text_with_nul_and_half_characters_is_stored_without_them(
    client: httpx.AsyncClient,
) -> None:
    # JavaScript cuts an emoji in half and sends it as an escape.
    body = json.dumps(
        MAIL | {"text": "a\0b \ud83d fin", "subject": "Pedido \udc00\0", "to": ["\ud83d"]}
    )
    answer = await client.post(
        "/classify", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    stored = await event(client, answer.json()["event_id"])
    assert stored["body"].startswith("a")
    assert stored["body"].endswith("fin")
    assert not set(stored["body"] + stored["subject"]) & {"\0", "\ud83d"}


async def test_a_line_break_in_a_field_makes_no_header(external: httpx.AsyncClient) -> None:
    answer = await classify(external, subject="Pedido\r\nBcc: x@example.net\r\n\r\nhola")
    reply = answer["reply"]
    assert reply["send"] is True
    assert "\n" not in reply["subject"]
    assert "Bcc" not in reply["headers"]


async def test_a_mail_without_anything_is_stored(client: httpx.AsyncClient) -> None:
    answer = await client.post("/classify", json={"from": "", "text": ""})
    assert answer.status_code == 200
    assert answer.json()["reply"]["why"].startswith("no-sender")


async def test_a_mail_without_a_word_is_no_request_and_goes_to_a_person(
    client: httpx.AsyncClient,
) -> None:
    parts = await classify(client, subject=" ", text="", html="<p> </p>")
    raw = (await client.post("/messages", content=b"From: luis@example.org\r\n\r\n")).json()
    for answer in (parts, raw):
        assert (answer["category"], answer["needs_review"]) == ("otro", True)
        assert answer["reply"]["why"] == "otro"


async def understand_nothing(_raws: Sequence[RawMail], _own: Own) -> list[Understood]:
    raise ParsingEnded("The process that parses mails is ended whatever it parses.")


async def test_where_no_mail_can_be_parsed_the_caller_is_told_to_come_again(
    flow: Flow, token: str, db: Database
) -> None:
    async with make_client(replace(flow, understand_all=understand_nothing), token) as client:
        answer = await client.post("/classify", json=MAIL)
    problem(answer, 503, "parser")
    assert answer.headers["Retry-After"] == "5"
    assert await count(db) == 0

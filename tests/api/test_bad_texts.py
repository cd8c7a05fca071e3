"""Texts that UTF-8 or PostgreSQL can't hold: half an emoji, as JavaScript cuts it, and U+0000. In
no field of any call are they a fault of ours."""

from collections.abc import Iterator

import httpx
import pytest

from api.test_classify import classify
from buzon.store.db import Database

JSON = {"Content-Type": "application/json"}
# Of each call: what it takes, and the fields in which @ becomes such a text.
BODIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "POST /classify": (
        '"from": "ana@example.org"',
        (
            *(f'"{name}": @' for name in ("from", "from_name", "subject", "text", "html", "date")),
            *(f'"{name}": @' for name in ("message_id", "mailbox", "in_reply_to", "other")),
            *('"to": @', '"to": [@]', '"references": @', '"references": [@]', '"mailbox": [@]'),
            *('"headers": {"X-A": @}', '"headers": {@: "v"}', '"headers": [[@]]', '@: "v"'),
        ),
    ),
    "POST /predict": ('"items": []', ('"items": [{"subject": @, "text": @}]', '"items": @')),
    "PUT /events/1/reply": ('"status": "failed"', ('"error": @', '"status": @', '"message_id": @')),
    "PUT /events/1/label": ('"true_label": null', ('"true_label": @', "@: 1")),
    "POST /events/labels": ('"ids": [1], "true_label": null', ('"true_label": @', '"ids": [@]')),
    "POST /webhooks": (
        '"name": "w", "url": "https://example.org/w", "kinds": ["event.stored"]',
        ('"name": @', '"url": @', '"kinds": [@]', '"content": @', "@: 1"),
    ),
    "PATCH /webhooks/1": (
        '"enabled": true',
        ('"name": @', '"url": @', '"kinds": [@]', '"content": @', "@: 1"),
    ),
}
PATHS = (
    *(f"/events?{name}=@" for name in ("category", "true_label", "mailbox", "q", "since", "reply")),
    *("/events?reply=stale&mailbox=@", "/stats?mailbox=@", "/stats?since=@", "/models/@"),
    *("/events/@", "/retrain/@", "/webhooks/1/deliveries?status=@"),
)


@pytest.mark.parametrize("bad", ['"\\ud83dz"', '"a\\u0000b"'], ids=["half an emoji", "NUL"])
async def test_no_text_in_a_body_is_a_fault_of_ours(external: httpx.AsyncClient, bad: str) -> None:
    assert (await classify(external))["reply"]["send"]
    for call, (good, fields) in BODIES.items():
        method, path = call.split()
        if path == "/webhooks":
            made = await external.post(path, content=f"{{{good}}}", headers=JSON)
            assert made.status_code == 201, made.text
        for field in fields:
            body = f"{{{good}, {field.replace('@', bad)}}}"
            answer = await external.request(method, path, content=body, headers=JSON)
            assert answer.status_code in {200, 422}, (call, body, answer.text)


def calls(bad: str) -> Iterator[tuple[str, str]]:
    for path in PATHS:
        yield "GET", path.replace("@", bad)
    yield "POST", f"/messages?mailbox={bad}"


async def test_no_text_in_an_address_is_a_fault_of_ours(external: httpx.AsyncClient) -> None:
    for bad in ("a%00b", "%ed%a0%bdz", "%ff"):
        for method, path in calls(bad):
            content = b"From: b@example.org\r\n\r\nx" if method == "POST" else b""
            answer = await external.request(method, path, content=content)
            assert answer.status_code in {200, 404, 422}, (path, answer.text)


async def test_no_text_in_a_header_is_a_fault_of_ours(external: httpx.AsyncClient) -> None:
    id = (await classify(external))["event_id"]
    for value in (b"a\0b", b"\xed\xa0\xbd", b"\xff"):
        for name in (b"Idempotency-Key", b"If-Match", b"X-Request-ID", b"Authorization"):
            for method, path, body in (
                ("POST", "/classify", '{"from": "b@example.org"}'),
                ("PUT", f"/events/{id}/label", '{"true_label": null}'),
            ):
                answer = await external.request(
                    method, path, content=body, headers=[(name, value), *JSON.items()]
                )
                assert answer.status_code < 500, (name, value, answer.text)


async def test_half_an_emoji_in_a_report_is_kept_as_a_question_mark(
    external: httpx.AsyncClient, db: Database
) -> None:
    id = (await classify(external))["event_id"]
    report = '{"status": "failed", "error": "550 no \\ud83d"}'
    answer = await external.put(f"/events/{id}/reply", content=report, headers=JSON)
    assert answer.status_code == 200, answer.text
    assert answer.json()["detail"].endswith(": 550 no ?")


async def test_a_mail_for_no_possible_mailbox_is_refused_and_not_parked(
    external: httpx.AsyncClient, db: Database
) -> None:
    for answer in (
        await external.post("/classify", json={"from": "a@x.org", "mailbox": "a\0b"}),
        await external.post("/messages?mailbox=a%00b", content=b"From: b@x.org\r\n\r\nx"),
    ):
        assert answer.status_code == 422
        assert "mailbox" in answer.json()["detail"]
    async with db.transaction() as connection:
        found = await (await connection.execute("SELECT count(*) FROM parked")).fetchone()
    assert found == (0,)

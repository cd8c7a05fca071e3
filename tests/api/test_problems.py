"""Every error is a problem document with a code that a program can hang on."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.conftest import make_client
from buzon.flow import AtWork, Flow
from buzon.records import SIZE_LIMIT, Prediction
from buzon.store import events, tokens
from buzon.store.db import Database
from peers.flows import StubClassifier, raw_mail
from peers.postgres import Server

MAIL = {"from": "ana@example.org", "subject": "Hola", "text": "x"}
MEGABYTE = b"x" * 1024 * 1024
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def database_url(postgres_server: Server) -> Iterator[str]:
    """One for all: what is refused leaves nothing behind."""
    with postgres_server.new_database() as url:
        yield url


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert (found["status"], found["code"]) == (status, code)
    assert found["type"] == f"urn:buzon:{code}"
    assert found["title"]
    return found


# ── who asks ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/classify"),
        ("POST", "/messages"),
        ("GET", "/events"),
        ("GET", "/events/1"),
    ],
)
async def test_every_call_about_mails_needs_a_token(
    method: str, path: str, anonymous: httpx.AsyncClient
) -> None:
    body = {"json": MAIL} if path == "/classify" else {}
    answer = await anonymous.request(method, path, **body)  # type: ignore[arg-type]
    told = problem(answer, 401, "unauthorized")
    assert "buzon token add" in told["detail"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer ", "Basic YTpi", "bz_x", b"Bearer \xff\xfe"]
)
async def test_a_wrong_token_is_refused(
    header: str | bytes, anonymous: httpx.AsyncClient, token: str
) -> None:
    answer = await anonymous.get("/events", headers=[(b"Authorization", _bytes(header))])
    problem(answer, 401, "unauthorized")


async def test_a_revoked_token_is_refused(
    client: httpx.AsyncClient, token: str, db: Database
) -> None:
    assert (await client.get("/events")).status_code == 200
    async with db.transaction() as connection:
        used = await tokens.use(connection, token)
        assert used is not None
        await tokens.revoke(connection, used.name)
    told = problem(await client.get("/events"), 401, "unauthorized")
    assert told["title"] == "This token is not known, was revoked or has expired."


# ── what is asked ──────────────────────────────────────────────────────────────────────────


async def test_a_path_that_is_none_is_not_found(client: httpx.AsyncClient) -> None:
    problem(await client.get("/nada"), 404, "not-found")


@pytest.mark.parametrize("id", ["99", "0", "-1", str(2**63), "9" * 40])
async def test_an_event_that_is_none_is_not_found(id: str, client: httpx.AsyncClient) -> None:
    told = problem(await client.get(f"/events/{id}"), 404, "not-found")
    assert told["title"] == f"There is no event {id}."


async def test_a_wrong_method_says_which_is_right(client: httpx.AsyncClient) -> None:
    answer = await client.get("/classify")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "from: Field required"),
        (MAIL | {"subject": 7}, "subject: "),
        (MAIL | {"subject": "x" * 10_001}, "subject: "),
        (MAIL | {"to": {"a": "b"}}, "to."),
        (MAIL | {"headers": {"X": ["a"]}}, "headers.X: "),
        ([MAIL], "body: "),
        ("\ud800", "body: "),
        (None, "body: "),
    ],
)
async def test_a_field_that_is_wrong_is_named(
    body: object, field: str, client: httpx.AsyncClient
) -> None:
    answer = await client.post("/classify", content=json.dumps(body), headers=JSON)
    assert field in problem(answer, 422, "invalid")["detail"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"from": "a', 422, "invalid"),
        (b"", 422, "invalid"),
        (b"\xff\xfe{", 400, "bad-request"),
        (b"[" * 100_000, 400, "bad-request"),
        (b'{"from": ' + b"[" * 900 + b"]" * 900 + b"}", 422, "invalid"),
        (b'{"from": ' + b"9" * 5000 + b"}", 400, "bad-request"),
    ],
    ids=["cut", "empty", "no-utf8", "endless", "deep", "huge-number"],
)
async def test_broken_json_is_refused(
    body: bytes, status: int, code: str, client: httpx.AsyncClient
) -> None:
    problem(await client.post("/classify", content=body, headers=JSON), status, code)


async def test_where_json_breaks_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.post("/classify", content=b'{"from": "a', headers=JSON)
    assert problem(answer, 422, "invalid")["detail"] == (
        "body: it is no JSON. At character 9: Unterminated string starting at."
    )


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=201", "limit=x", "after=-1", f"after={2**63}", "needs_review=quizas"),
        *("since=ayer", "mailbox=%00", "category=%00", "until=99999-01-01"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(
    query: str, client: httpx.AsyncClient
) -> None:
    problem(await client.get(f"/events?{query}"), 422, "invalid")


async def test_a_category_that_is_none_is_refused_with_those_there_are(
    client: httpx.AsyncClient,
) -> None:
    for path, body in (("/events/1/label", {}), ("/events/labels", {"ids": [1]})):
        send = client.put if path.endswith("label") else client.post
        told = problem(
            await send(path, json=body | {"true_label": "nada"}), 422, "unknown-category"
        )
        assert told["title"] == "There is no category “nada”."
        assert "incidencia" in told["detail"]


async def test_an_empty_raw_mail_is_refused(client: httpx.AsyncClient) -> None:
    problem(await client.post("/messages", content=b"\r\n \r\n"), 422, "invalid")


async def test_a_mailbox_that_the_database_can_t_hold_is_refused(
    client: httpx.AsyncClient,
) -> None:
    problem(await client.post("/classify", json=MAIL | {"mailbox": "a\0b"}), 422, "invalid")
    answer = await client.post("/messages?mailbox=a%00b", content=raw_mail().content)
    problem(answer, 422, "invalid")


@pytest.mark.parametrize("type", ["text/plain", "application/x-www-form-urlencoded", None])
async def test_a_body_that_does_not_say_it_is_json_is_refused_with_what_is_taken(
    type: str | None, client: httpx.AsyncClient
) -> None:
    headers = {"Content-Type": type} if type else {}
    for path in ("/classify", "/predict"):
        answer = await client.post(path, content=json.dumps(MAIL), headers=headers)
        told = problem(answer, 415, "unsupported-media-type")
        assert told["title"] == (
            f"The body is {type}, as its Content-Type says." if type else "The body is of no type."
        )
        assert told["detail"].startswith(f"{path} takes application/json: ")


async def test_a_mail_s_fields_are_no_raw_mail(client: httpx.AsyncClient) -> None:
    answer = await client.post("/messages", json=MAIL)
    told = problem(answer, 415, "unsupported-media-type")
    assert told["detail"].startswith("/messages takes message/rfc822: ")
    assert told["detail"].endswith(" A mail in its parts goes to /classify.")
    answer = await client.post("/messages", files={"file": b"From: a@b.es"})
    problem(answer, 415, "unsupported-media-type")


async def test_what_says_nothing_is_refused(client: httpx.AsyncClient) -> None:
    for body in ({"from": "x"}, {"from": "ana@example.org", "body": "Quiero dos cajas."}):
        told = problem(await client.post("/classify", json=body), 422, "invalid")
        assert "no subject, no text and no html" in told["detail"]
        assert ("Unknown here: body." in told["detail"]) == ("body" in body)


async def test_of_predictions_too(client: httpx.AsyncClient) -> None:
    items = [{"text": "Quiero dos cajas."}, {"subjet": "Pedido", "body": "Quiero dos cajas."}, {}]
    told = problem(await client.post("/predict", json={"items": items}), 422, "invalid")
    first, second = told["detail"].split("; ")
    assert first.startswith("items.1: there is no subject and no text, so there is nothing to sort")
    assert "Unknown here: subjet, body." in first
    assert second.startswith("items.2: there is no subject and no text")
    assert "Unknown" not in second


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/events?since=ayer", "since: “ayer” is no time. Write it like 2026-11-27 or "),
        ("/events?until=2026-13-01", "until: “2026-13-01” is no time. "),
        ("/events?until=2026-01-01T00:00:00+01:00", "needs 09:30:00%2B01:00."),
        ("/stats?since=27/11/2026", "since: “27/11/2026” is no day. Write it like 2026-11-27."),
    ],
)
async def test_a_date_that_is_none_is_told_with_its_field_and_the_form_it_has(
    path: str, told: str, client: httpx.AsyncClient
) -> None:
    assert told in problem(await client.get(path), 422, "invalid")["detail"]


# ── how much of it ─────────────────────────────────────────────────────────────────────────


async def in_chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield MEGABYTE


@pytest.mark.parametrize("path", ["/classify", "/messages", "/predict"])
async def test_thirty_megabytes_are_refused_by_their_length(
    path: str, client: httpx.AsyncClient
) -> None:
    headers = {} if path == "/messages" else JSON
    answer = await client.post(path, content=MEGABYTE * 30, headers=headers)
    assert problem(answer, 413, "too-large")["title"] == "The request is larger than 25 MB."


@pytest.mark.parametrize("path", ["/classify", "/messages", "/predict"])
async def test_thirty_megabytes_that_hide_their_length_are_refused_once_they_are_too_many(
    path: str, client: httpx.AsyncClient
) -> None:
    headers = {} if path == "/messages" else JSON
    answer = await client.post(path, content=in_chunks(30), headers=headers)
    assert problem(answer, 413, "too-large")["title"] == "The request is larger than 25 MB."


async def in_chunks_and_no_end(count: int) -> AsyncIterator[bytes]:
    async for chunk in in_chunks(count):
        yield chunk
    await asyncio.Event().wait()


@pytest.mark.parametrize("path", ["/classify", "/messages", "/predict"])
async def test_who_waits_after_too_many_is_refused_without_sending_more(
    path: str, client: httpx.AsyncClient
) -> None:
    headers = {} if path == "/messages" else JSON
    asking = client.post(path, content=in_chunks_and_no_end(27), headers=headers)
    problem(await asyncio.wait_for(asking, 30), 413, "too-large")


async def test_a_raw_mail_may_be_as_large_as_the_documents_say_and_no_larger(
    client: httpx.AsyncClient,
) -> None:
    content = raw_mail().content
    answer = await client.post("/messages", content=content.ljust(SIZE_LIMIT + 1, b"\n"))
    problem(answer, 413, "too-large")


async def test_a_mail_below_the_limit_is_taken(client: httpx.AsyncClient, db: Database) -> None:
    content = raw_mail(headers="X-A: 1").content + b"\r\n" + MEGABYTE * 20
    answer = await client.post("/messages", content=content)
    assert answer.status_code == 200
    async with db.transaction() as connection:
        assert await events.raw(connection, answer.json()["event_id"]) == content


# ── when something is broken ───────────────────────────────────────────────────────────────


class BrokenClassifier(StubClassifier):
    def classify(self, texts: Sequence[tuple[str, str]]) -> list[Prediction]:
        raise ZeroDivisionError("what only we should see")


async def test_a_fault_of_ours_shows_nothing_of_its_inside(flow: Flow, token: str) -> None:
    async with make_client(
        replace(flow, at_work=AtWork(BrokenClassifier(), 0.75)), token
    ) as client:
        answer = await client.post("/classify", json=MAIL)
    assert "only we" not in json.dumps(problem(answer, 500, "failed"))


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()

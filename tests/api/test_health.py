"""How the service is, and what can be called."""

import re
from collections.abc import Callable

import httpx
from selectolax.lexbor import LexborHTMLParser

from api.conftest import make_client
from buzon.flow import Flow, handle_mails
from buzon.store import mailbox_states
from buzon.web.assets import STATIC
from peers.flows import raw_mail


async def test_the_process_is_alive_also_without_the_database(
    anonymous: httpx.AsyncClient, break_database: Callable[[], None]
) -> None:
    break_database()
    answer = await anonymous.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_it_is_ready_while_the_database_answers(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ready", "faults": [], "mailbox_ages": [], "outbox_age": 0.0},
    )


async def test_it_tells_how_long_ago_each_mailbox_was_looked_into_and_how_long_answers_wait(
    flow: Flow, anonymous: httpx.AsyncClient
) -> None:
    await handle_mails(flow, [raw_mail()])
    async with flow.db.transaction() as db:
        await mailbox_states.seen(db, "b")
        await mailbox_states.fails(db, "a", "no route")
        await db.execute(
            "UPDATE mailbox_states SET seen_at = now() - interval '90 s' WHERE name = 'b'"
        )
        await db.execute("UPDATE outbox SET released_at = now() - interval '1000 s'")
    told = (await anonymous.get("/readyz")).json()
    assert [age // 10 for age in told["mailbox_ages"]] == [0, 9]  # by name; names are not told
    assert 1000 <= told["outbox_age"] < 1100


async def test_it_is_not_ready_without_the_database(
    anonymous: httpx.AsyncClient, break_database: Callable[[], None]
) -> None:
    break_database()
    answer = await anonymous.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["faults"] == ["The database is not available."]


async def test_without_the_database_callers_are_told_to_come_back(
    client: httpx.AsyncClient, break_database: Callable[[], None]
) -> None:
    break_database()
    mail = {"from": "ana@example.org", "subject": "Hola", "text": "x"}
    for answer in (await client.post("/classify", json=mail), await client.get("/events")):
        assert answer.status_code == 503
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Retry-After"] == "5"
        assert answer.json()["code"] == "database"


async def test_it_is_not_ready_while_a_mailbox_is_not_read(flow: Flow) -> None:
    answer = await make_client(flow, faults=("The mailbox ventas can't be read.",)).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["faults"] == ["The mailbox ventas can't be read."]


async def test_the_calls_are_described_for_programs(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/openapi.json")
    assert answer.status_code == 200
    assert set(answer.json()["paths"]) == {
        *("/classify", "/messages", "/predict", "/healthz", "/readyz", "/metrics"),
        *("/events", "/events/{id}", "/events/{id}/label", "/events/{id}/history"),
        "/events/{id}/reply",
        "/events/{id}/explanation",
        *("/events/labels", "/retrain", "/retrain/{job_id}"),
        *("/webhooks", "/webhooks/{id}", "/webhooks/{id}/secret", "/webhooks/{id}/test"),
        *("/webhooks/{id}/deliveries", "/webhooks/{id}/deliveries/{delivery}/again"),
        *("/stats", "/stats/stream", "/models", "/models/{version}", "/models/{version}/promote"),
    }


async def test_the_calls_are_described_for_people(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/docs")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for call in ("POST /classify", "GET /events/{id}", "GET /readyz"):
        assert f"<code>{call}</code>" in answer.text
    assert "message_id" in answer.text
    assert "Store a raw mail (<code>message/rfc822</code>)" in answer.text


async def test_the_description_loads_nothing_from_elsewhere(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/docs")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert not re.findall(r"<(script|img|iframe)|(?:src|href)=.(?:https?:)?//", answer.text)


async def test_the_description_looks_like_the_pages_and_leads_back_to_them(
    anonymous: httpx.AsyncClient,
) -> None:
    page = LexborHTMLParser((await anonymous.get("/docs")).text)
    sheets = [str(link.attributes["href"]) for link in page.css("link")]
    assert "/static/tokens.css" in sheets
    assert all((STATIC / sheet.removeprefix("/static/")).is_file() for sheet in sheets)
    assert page.css_first('a[href="/"]') is not None
    assert page.css_first("title").text() == "API · Buzón"
    assert page.css_first('[lang="es"]').text() == "Esta página está solo en inglés."

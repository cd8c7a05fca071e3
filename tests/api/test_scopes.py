"""What a token is good for."""

import re
from collections.abc import Callable

import httpx
import pytest

from api.conftest import make_client
from buzon.api import end_stats
from buzon.flow import Flow
from buzon.store import tokens
from buzon.store.tokens import SCOPES, Scope

# Every call that needs a token, and the scope that the token needs. A new one has its line here.
CALLS: dict[str, Scope] = {
    "POST /classify": "intake",
    "POST /messages": "intake",
    "POST /predict": "read",
    "GET /metrics": "read",
    "GET /events": "read",
    "GET /events/{id}": "read",
    "PUT /events/{id}/reply": "intake",
    "PUT /events/{id}/label": "write",
    "POST /events/labels": "write",
    "GET /events/{id}/history": "read",
    "GET /events/{id}/explanation": "read",
    "POST /retrain": "admin",
    "GET /retrain/{job_id}": "read",
    "GET /stats": "read",
    "GET /stats/stream": "read",
    "GET /models": "read",
    "GET /models/{version}": "read",
    "POST /models/{version}/promote": "admin",
    "GET /webhooks": "admin",
    "POST /webhooks": "admin",
    "GET /webhooks/{id}": "admin",
    "PATCH /webhooks/{id}": "admin",
    "DELETE /webhooks/{id}": "admin",
    "POST /webhooks/{id}/secret": "admin",
    "POST /webhooks/{id}/test": "admin",
    "GET /webhooks/{id}/deliveries": "admin",
    "POST /webhooks/{id}/deliveries/{delivery}/again": "admin",
}
FOR_ANYBODY = {"GET /healthz", "GET /readyz"}


async def test_every_call_asks_for_the_scope_that_is_written_here(
    anonymous: httpx.AsyncClient,
) -> None:
    document = (await anonymous.get("/openapi.json")).json()
    found = {
        f"{method.upper()} {path}": [
            scope
            for requirement in operation.get("security", ())
            for scope in requirement["HTTPBearer"]
        ]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    needed = {name: [scope] for name, scope in CALLS.items()}
    assert found == needed | {name: [] for name in FOR_ANYBODY}


async def test_the_page_of_the_calls_names_the_scope_of_each(anonymous: httpx.AsyncClient) -> None:
    page = (await anonymous.get("/docs")).text
    assert page.count("Scope of the token:") == len(CALLS)
    assert "<code>POST /retrain</code>" in page.split("Scope of the token: <code>admin</code>")[0]


async def with_scope(flow: Flow, scope: Scope) -> httpx.AsyncClient:
    async with flow.db.transaction() as db:
        return make_client(flow, await tokens.add(db, f"for {scope}", scopes=[scope]))


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_token_is_refused_where_its_scope_does_not_suffice_which_is_named(
    flow: Flow, scope: Scope
) -> None:
    async with await with_scope(flow, scope) as client:
        end_stats(client._transport.app)  # type: ignore[attr-defined]  # or it would not end
        for call, needed in CALLS.items():
            method, path = call.split()
            path = path.replace("{id}", "7").replace("{job_id}", "7").replace("{version}", "x")
            body = {"true_label": "otro", "ids": [7], "from": "a@b.es", "status": "sent"}
            answer = await client.request(method, path, json=None if method == "GET" else body)
            assert (answer.status_code == 403) == (scope != needed), call
            if scope != needed:
                assert answer.headers["content-type"] == "application/problem+json"
                told = answer.json()
                assert told["code"] == "forbidden"
                assert f"the scope {needed}; for {scope} has {scope}" in told["title"]


async def test_while_the_database_is_away_each_call_says_so_and_none_fails_otherwise(
    client: httpx.AsyncClient, break_database: Callable[[], None]
) -> None:
    await client.get("/models")
    break_database()
    for call in CALLS:
        answer = await client.request(*plain(call))
        told = answer.json()
        assert (answer.status_code, told["code"]) == (503, "database"), (call, told)
        assert answer.headers["Retry-After"]


def plain(call: str) -> tuple[str, str]:
    """Method and path, with something in each gap."""
    method, path = call.split()
    return method, re.sub(r"\{\w+\}", "7", path)


async def test_a_token_whose_time_is_over_is_refused(flow: Flow) -> None:
    async with await with_scope(flow, "read") as client:
        assert (await client.get("/models")).status_code == 200
        async with flow.db.transaction() as db:
            await db.execute("UPDATE tokens SET expires_at = now()")
        assert (await client.get("/models")).status_code == 401

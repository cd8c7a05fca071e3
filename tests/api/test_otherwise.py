"""What is no call: browsers get a page, programs a problem document."""

from collections.abc import AsyncIterator
from unittest.mock import Mock

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from api.conftest import make_context
from api.test_problems import problem
from buzon.api import create_api
from buzon.api.app import PLACES
from buzon.api.otherwise import Otherwise
from buzon.errors import NotFound
from buzon.flow import Flow
from buzon.web import create_web
from web.fake_desk import FakeDesk

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def page(_request: object) -> HTMLResponse:
    return HTMLResponse("<h1>Buzón</h1>")


@pytest.fixture
async def visitor(flow: Flow) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a token, before an API with pages behind it."""
    pages = Starlette(routes=[Route("/mails/7", page)])
    app = create_api(make_context(flow), pages)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://buzon.test") as client:
        yield client


async def test_a_browser_gets_the_pages(visitor: httpx.AsyncClient) -> None:
    for headers in (BROWSER, {"Accept": "*/*"}, {"Accept": "text/html, application/json"}):
        assert "<h1>" in (await visitor.get("/mails/7", headers=headers)).text
    astray = await visitor.get("/mails/8", headers=BROWSER)
    assert (astray.status_code, astray.headers["content-type"]) == (
        404,
        "text/plain; charset=utf-8",
    )


async def test_who_looks_for_the_page_of_the_model_at_the_calls_address_is_sent_there(
    visitor: httpx.AsyncClient,
) -> None:
    sent = await visitor.get("/models", headers=BROWSER)
    assert (sent.status_code, sent.headers["location"]) == (303, "/model")
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        problem(await visitor.get("/models", headers=headers), 401, "unauthorized")
    by_token = {**BROWSER, "Authorization": "Bearer bz_x"}
    problem(await visitor.get("/models", headers=by_token), 401, "unauthorized")
    problem(await visitor.post("/models", headers=BROWSER), 405, "method-not-allowed")
    problem(await visitor.get("/models/x", headers=BROWSER), 401, "unauthorized")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/classify", "POST"),
        ("DELETE", "/events/7", "GET"),
        ("POST", "/events/7/label", "PUT"),
        ("PUT", "/webhooks/7", "GET, PATCH, DELETE"),
        ("PATCH", "/webhooks", "GET, POST"),
        ("OPTIONS", "/retrain", "POST"),
        ("POST", "/docs", "GET"),
    ],
)
async def test_a_wrong_method_says_all_that_can_be_done_there(
    method: str, path: str, allowed: str, visitor: httpx.AsyncClient
) -> None:
    answer = await visitor.request(method, path, headers=BROWSER)
    told = problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == allowed
    assert told["title"] == f"{method} can't be done with {path}."
    assert told["detail"] == f"What can: {allowed}."


@pytest.mark.parametrize("path", ["/events/7/nada", "/webhooks/7/8/9", "/stats/nada"])
async def test_what_begins_like_a_call_and_is_none_is_told_so(
    path: str, visitor: httpx.AsyncClient
) -> None:
    told = problem(await visitor.get(path, headers=BROWSER), 404, "not-found")
    assert told["title"] == f"There is no call GET {path}."
    assert "/docs" in told["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer bz_x"},
        {"Accept": "application/json"},
        {"Accept": "application/problem+json, application/json;q=0.9"},
    ],
)
async def test_a_program_gets_no_page(headers: dict[str, str], visitor: httpx.AsyncClient) -> None:
    for path in ("/mails/7", "/nada"):
        problem(await visitor.get(path, headers=headers), 404, "not-found")


async def in_chunks(count: int) -> AsyncIterator[bytes]:
    yield b"email="
    for _ in range(count):
        yield b"x" * 1024**2


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    ("language", "told"), [("es", "acórtelo"), ("en", "This form is too large.")]
)
async def test_a_form_of_thirty_megabytes_is_refused_on_the_page(
    announced: bool, language: str, told: str, flow: Flow
) -> None:
    app = create_api(make_context(flow), create_web(FakeDesk()))
    content = b"email=" + b"x" * 30 * 1024**2 if announced else in_chunks(30)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://buzon.test") as client:
        answer = await client.post(
            "/sign-in",
            content=content,
            headers={
                **BROWSER,
                "Accept-Language": language,
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": "http://buzon.test",
            },
        )
    assert answer.status_code == 413
    assert told in answer.text
    assert "<h1" in answer.text


async def test_what_the_database_refuses_is_told_as_that_and_not_as_its_being_away(
    flow: Flow,
) -> None:
    class Desk(FakeDesk):
        async def has_users(self) -> bool:
            async with flow.db.transaction() as db:
                await db.execute("SELECT %s::text", ["a\0b"])
            return True

    transport = httpx.ASGITransport(create_web(Desk()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://buzon.test") as client:
        answer = await client.get("/sign-in", headers={"Accept-Language": "es"})
    assert answer.status_code == 422
    told = LexborHTMLParser(answer.text).css_first("main").text()
    assert "un valor que no se puede guardar" in told
    assert "corríjalo" in told


def test_no_page_lies_where_a_call_does() -> None:
    routes = create_web(FakeDesk()).openapi()["paths"]
    begins = {path.split("/")[1] for path in routes}
    assert "mails" in begins
    assert begins & PLACES == set()


async def test_what_is_no_path_at_all_is_no_call() -> None:
    scope = {"type": "http", "method": "OPTIONS", "path": "*", "headers": []}
    with pytest.raises(NotFound, match=r"no call OPTIONS \*"):
        await Otherwise(PLACES, None)(scope, Mock(), Mock())

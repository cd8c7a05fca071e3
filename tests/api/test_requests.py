"""Each request has an id, in the answer, in the problem and in the log; and its time is taken."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from api.conftest import make_client
from api.test_problems import BrokenClassifier, problem
from buzon.api.requests import REGISTRY
from buzon.flow import AtWork, Flow

GOOD = "n8n:7f3a-42/retry=1"


@pytest.fixture
def logged() -> Iterator[list[dict[str, object]]]:
    """What is logged, with what is bound to the request, as cli.logs has it."""
    merge = structlog.contextvars.merge_contextvars
    with capture_logs(processors=[merge]) as entries:
        yield entries  # type: ignore[misc]


async def test_the_caller_s_id_comes_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/events/99", headers={"X-Request-ID": GOOD})
    assert answer.headers["X-Request-ID"] == GOOD
    assert problem(answer, 404, "not-found")["request_id"] == GOOD


@pytest.mark.parametrize("bad", ["", "a b", "x" * 101, "a\tb", "é", '{"a"}', "a;b"])
async def test_an_id_that_could_do_harm_is_not_taken(client: httpx.AsyncClient, bad: str) -> None:
    answer = await client.get("/healthz", headers=[(b"X-Request-ID", bad.encode())])
    assert answer.headers["X-Request-ID"] != bad
    assert len(answer.headers["X-Request-ID"]) == 32


async def test_each_request_without_an_id_gets_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/healthz")).headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


async def test_lines_of_the_log_name_the_request(
    client: httpx.AsyncClient,
    break_database: Callable[[], None],
    logged: list[dict[str, object]],
) -> None:
    break_database()
    answer = await client.get("/events", headers={"X-Request-ID": GOOD})
    assert answer.headers["X-Request-ID"] == GOOD
    (line,) = [line for line in logged if line["event"] == "request failed"]
    assert line["request_id"] == GOOD


async def test_a_fault_of_ours_is_answered_and_logged_with_its_id(
    flow: Flow, token: str, logged: list[dict[str, object]]
) -> None:
    broken = replace(flow, at_work=AtWork(BrokenClassifier(), 0.75))
    async with make_client(broken, token) as client:
        answer = await client.post(
            "/predict", json={"items": [{"text": "x"}]}, headers={"X-Request-ID": GOOD}
        )
    assert problem(answer, 500, "failed")["request_id"] == GOOD
    assert answer.headers["X-Request-ID"] == GOOD
    (line,) = [line for line in logged if line["event"] == "request failed"]
    assert (line["request_id"], line["path"]) == (GOOD, "/predict")


async def test_the_time_of_a_request_is_taken_by_its_route(client: httpx.AsyncClient) -> None:
    def count(route: str, status: str) -> float:
        labels = {"method": "GET", "route": route, "status": status}
        name = "buzon_http_request_duration_seconds_count"
        return REGISTRY.get_sample_value(name, labels) or 0.0

    before = count("/events/{id}", "404"), count("other", "404")
    for path in ("/events/98", "/events/99", "/nada", "/nada/tampoco"):
        await client.get(path)
    assert (count("/events/{id}", "404"), count("other", "404")) == (before[0] + 2, before[1] + 2)

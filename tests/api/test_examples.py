"""Every example in the OpenAPI document is sent to the real app, which answers as it says."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from api.conftest import make_client
from api.test_conditional import a_model
from buzon.classifier.artifact import pack
from buzon.classifier.model import Classifier
from buzon.flow import Flow
from buzon.store import models

# Each when what it needs is there: the first two make the events 17 and 18.
ORDER = (
    *("POST /classify", "POST /messages", "POST /predict"),
    *("GET /events", "GET /events/{id}", "PUT /events/{id}/reply"),
    *("PUT /events/{id}/label", "POST /events/labels"),
    *("GET /events/{id}/history", "GET /events/{id}/explanation"),
    *("POST /retrain", "GET /retrain/{job_id}"),
    *("GET /models", "GET /models/{version}", "POST /models/{version}/promote"),
    *("POST /webhooks", "GET /webhooks", "GET /webhooks/{id}", "POST /webhooks/{id}/test"),
    *("GET /webhooks/{id}/deliveries", "POST /webhooks/{id}/deliveries/{delivery}/again"),
    *("POST /webhooks/{id}/secret", "PATCH /webhooks/{id}", "DELETE /webhooks/{id}"),
    *("GET /stats", "GET /healthz", "GET /readyz", "GET /metrics"),
)
ELSEWHERE = {"GET /stats/stream"}  # never ends; see test_stats.py

Document = dict[str, Any]


@pytest.fixture
async def client(flow: Flow, token: str, small_model: Classifier) -> httpx.AsyncClient:
    """Of a Buzón that leaves sending to another program, with a real model."""
    policy = replace(flow.policy, sends=False, hands_out=True)
    flow.at_work.change(classifier=small_model)
    async with flow.db.transaction() as db:
        await db.execute("SELECT setval(pg_get_serial_sequence('events', 'id'), 16)")
        model = a_model("20260301-030012-5f3a")
        packed = pack(small_model)
        await models.add(
            db,
            replace(model, artifact=packed.content, sha256=packed.sha256, made_by=packed.made_by),
        )
    return make_client(replace(flow, policy=policy), token)


@pytest.fixture
async def document(anonymous: httpx.AsyncClient) -> Document:
    found: Document = (await anonymous.get("/openapi.json")).json()
    return found


def operations(document: Document) -> dict[str, Document]:
    return {
        f"{method.upper()} {path}": operation
        for path, each in document["paths"].items()
        for method, operation in each.items()
    }


def bodies(document: Document, operation: Document) -> Iterator[tuple[str, Any]]:
    """Each example of a body, with its type; one without a body where there is none."""
    content = operation.get("requestBody", {}).get("content", {})
    for kind, about in content.items():
        schema = about.get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        shown = document["components"]["schemas"].get(name, {})
        examples = [each["example"] for each in (about, shown) if "example" in each]
        examples += shown.get("examples", [])
        assert examples, f"{kind} has no example"
        for example in examples:
            yield kind, example
    if not content:
        yield "", None


def address(path: str, operation: Document) -> str:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            example = (parameter.get("examples") or parameter["schema"]["examples"])[0]
            path = path.replace(f"{{{parameter['name']}}}", str(example))
    return path


def check(document: Document, schema: Document, content: object) -> None:
    Draft202012Validator(schema | {"components": document["components"]}).validate(content)


async def test_every_example_is_answered_as_the_document_says(
    client: httpx.AsyncClient, document: Document
) -> None:
    assert {*ORDER, *ELSEWHERE} == set(operations(document))
    for call in ORDER:
        method, path = call.split()
        operation = operations(document)[call]
        for kind, example in bodies(document, operation):
            content = {"json": example} if kind == "application/json" else {"content": example}
            answer = await client.request(
                method,
                address(path, operation),
                headers={"Content-Type": kind} if kind else {},
                **(content if kind else {}),  # type: ignore[arg-type]
            )
            assert answer.is_success, (call, answer.text)
            told = operation["responses"][str(answer.status_code)].get("content", {})
            if "application/json" in told:
                check(document, told["application/json"]["schema"], answer.json())


async def test_every_call_shows_a_good_answer_that_is_as_its_schema_says(
    document: Document,
) -> None:
    for call, operation in operations(document).items():
        good = next(answer for code, answer in operation["responses"].items() if code[0] == "2")
        if about := good.get("content", {}).get("application/json"):
            assert "example" in about, call
            check(document, about["schema"], about["example"])


async def test_every_error_that_a_call_can_give_is_a_problem(document: Document) -> None:
    for call, operation in operations(document).items():
        for status, answer in operation["responses"].items():
            if status[0] in "45" and call != "GET /readyz":
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, call
                assert answer["description"].startswith("`"), call
        if operation.get("security"):
            assert {"401", "403", "503"} <= set(operation["responses"]), call

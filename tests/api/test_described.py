"""The page and the document of the calls: what each answer holds, and how each call may refuse."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from buzon.api.problems import codes

Document = dict[str, Any]


@pytest.fixture
async def document(anonymous: httpx.AsyncClient) -> Document:
    found: Document = (await anonymous.get("/openapi.json")).json()
    return found


@pytest.fixture
async def page(anonymous: httpx.AsyncClient) -> LexborHTMLParser:
    return LexborHTMLParser((await anonymous.get("/docs")).text)


def call(page: LexborHTMLParser, name: str) -> Iterator[LexborNode]:
    """What stands below the heading of a call, up to the next."""
    (heading,) = (each for each in page.css("h2") if each.text() == name)
    node = heading.next
    while node is not None and node.tag != "h2":
        yield node
        node = node.next


def text_of(page: LexborHTMLParser, name: str) -> str:
    return "\n".join(node.text() for node in call(page, name))


def fields(page: LexborHTMLParser, name: str) -> list[str]:
    """Of the answer, and of what lies within."""
    details = [node for node in call(page, name) if node.tag == "details"]
    return [code.text() for node in details for code in node.css("li > code:first-child")]


def test_each_field_of_an_answer_says_what_it_means(document: Document) -> None:
    schemas = document["components"]["schemas"]
    todo = [answer for _, answer in answers(document)]
    seen, mute = set[str](), list[str]()
    while todo:
        for name in referred(todo.pop()) - seen:
            seen.add(name)
            schema = schemas[name]
            todo.append(schema)
            mute += [
                f"{name}.{field}"
                for field, about in schema.get("properties", {}).items()
                if not about.get("description") and f"`{field}`" not in schema["description"]
            ]
    assert {"Classified", "ReplyState", "Problem", "Drift"} <= seen
    assert not mute


def answers(document: Document) -> Iterator[tuple[str, Document]]:
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from operation["responses"].items()


def referred(schema: object) -> set[str]:
    told = json.dumps(schema).split('"#/components/schemas/')[1:]
    return {part.partition('"')[0] for part in told}


def test_the_page_shows_the_fields_of_an_answer_with_type_and_meaning(
    page: LexborHTMLParser,
) -> None:
    found = fields(page, "GET /events")
    assert {"items", "next", "received_at", "true_label", "rule", "sent_at"} <= set(found)
    told = text_of(page, "POST /classify")
    assert "confidence number How likely the category is right" in told
    assert "Answer 200 application/json" in told
    assert '"event_id": 17' in told  # the example
    assert "received_at time (ISO 8601)" in text_of(page, "GET /events/{id}")
    assert "true_label string or null" in text_of(page, "GET /events/{id}")


def test_the_page_shows_an_answer_without_content_too(page: LexborHTMLParser) -> None:
    assert "Answer 204" in text_of(page, "DELETE /webhooks/{id}")
    assert "Answer 304 It is as If-None-Match says" in text_of(page, "GET /events/{id}")


def test_the_page_names_the_problems_of_a_call_and_no_others_of_the_same_status(
    page: LexborHTMLParser,
) -> None:
    told = text_of(page, "PUT /events/{id}/reply").partition("Problems: ")[2]
    assert "404 not-found, 409 not-handed-out, 413 too-large" in told
    assert "training-under-way" not in told
    assert "Problems" not in text_of(page, "GET /healthz")


def test_every_problem_is_told_once_with_what_it_means(page: LexborHTMLParser) -> None:
    assert page.css_first('a[href="#problems"]') is not None
    told = [node.text() for node in page.css("#problems ~ .shape li")]
    for code in codes():
        wanted = f"{code.status} {code.code} {code.meaning.replace('`', '')}"
        assert told.count(wanted) == 1, wanted


def test_what_a_caller_may_leave_out_is_told(page: LexborHTMLParser) -> None:
    told = text_of(page, "POST /classify")
    assert "from string, optional" not in told
    assert "subject string, optional" in told
    assert "limit integer, else 50" in text_of(page, "GET /events")

"""GET /events/{id}/explanation."""

import httpx
import pytest

from buzon.classifier.model import Classifier
from buzon.flow import Flow, handle_mails
from peers.flows import raw_mail

BODY = "¿Cuánto cuesta el envío?\n\n> No funciona.\n\nGracias."


@pytest.fixture
async def event_id(flow: Flow, small_model: Classifier) -> int:
    """An event that one model scored before another was put to work."""
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido", body=BODY)])
    flow.at_work.change(classifier=small_model)
    return handled.event_id or 0


async def test_the_words_that_speak_for_the_category_add_up(
    client: httpx.AsyncClient, event_id: int, small_model: Classifier
) -> None:
    answer = await client.get(f"/events/{event_id}/explanation")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    event = (await client.get("/events")).json()["items"][0]
    assert (told["event_id"], told["model_version"]) == (event_id, small_model.version)
    assert told["scored_by"] == "stub-1"
    assert {told["category"], told["runner_up"]} <= set(small_model.classes)
    assert told["margin"] == pytest.approx(
        sum(phrase["weight"] for phrase in told["phrases"]) + told["rest"]
    )
    for phrase in told["phrases"]:
        assert event[phrase["field"]][phrase["start"] : phrase["end"]] == phrase["text"]


async def test_an_event_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/events/77/explanation")
    assert answer.status_code == 404
    assert "There is no event 77" in answer.text


async def test_nobody_is_told_without_a_token(anonymous: httpx.AsyncClient, event_id: int) -> None:
    assert (await anonymous.get(f"/events/{event_id}/explanation")).status_code == 401

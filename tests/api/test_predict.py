"""POST /predict: what the model says, and nothing else happens."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

import httpx
import pytest

from api.conftest import make_client
from api.test_problems import JSON, problem
from buzon.errors import ModelError
from buzon.flow import AtWork, Flow
from buzon.records import Prediction
from buzon.store import events
from peers.flows import StubClassifier


class Counted(StubClassifier):
    """Counts how often it is asked."""

    calls = 0

    def classify(self, texts: Sequence[tuple[str, str]]) -> list[Prediction]:
        self.calls += 1
        return super().classify(texts)


async def test_a_thousand_are_predicted_at_once_and_nothing_is_stored(
    flow: Flow, token: str
) -> None:
    classifier = Counted()
    items = [{"subject": f"Pedido {n}", "text": "Quiero dos cajas más."} for n in range(999)]
    async with make_client(replace(flow, at_work=AtWork(classifier, 0.75)), token) as client:
        answer = await client.post("/predict", json={"items": [*items, {"subject": "dudoso"}]})
    assert answer.status_code == 200, answer.text
    first, *_, last = found = answer.json()["items"]
    assert (len(found), classifier.calls) == (1000, 1)
    assert (first["category"], first["language"], first["needs_review"]) == ("pedido", "es", False)
    assert first["model_version"] == "stub-1"
    assert sum(first["probabilities"].values()) == pytest.approx(1)
    assert (last["category"], last["needs_review"]) == ("consulta", True)
    async with flow.db.transaction() as db:
        assert await events.after(db, 0, 10) == []


async def test_those_who_ask_at_once_are_told_together_and_each_what_was_asked(
    flow: Flow, token: str
) -> None:
    classifier = Counted()
    names = ["pedido", "reclamacion", "incidencia"] * 3
    asked = [{"items": [{"subject": name}] * (number % 3)} for number, name in enumerate(names)]
    async with make_client(replace(flow, at_work=AtWork(classifier, 0.75)), token) as client:
        answers = await asyncio.gather(*(client.post("/predict", json=each) for each in asked))
    told = [[item["category"] for item in answer.json()["items"]] for answer in answers]
    assert told == [[item["subject"] for item in each["items"]] for each in asked]
    assert classifier.calls < 6


async def test_none_is_none(client: httpx.AsyncClient) -> None:
    assert (await client.post("/predict", json={"items": []})).json() == {"items": []}


async def test_one_more_than_a_thousand_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/predict", json={"items": [{"text": "x"}] * 1001})
    assert "at most 1000 items" in problem(answer, 422, "invalid")["detail"]


async def test_nul_and_half_characters_are_taken(client: httpx.AsyncClient) -> None:
    body = json.dumps({"items": [{"subject": "Pedido \ud83d", "text": "a\0b"}]})
    answer = await client.post("/predict", content=body, headers=JSON)
    assert answer.json()["items"][0]["category"] == "pedido"


class Lost(StubClassifier):
    def classify(self, texts: Sequence[tuple[str, str]]) -> list[Prediction]:
        raise ModelError("The language model is gone.", "Install it.")


async def test_without_a_model_that_can_be_used_the_caller_is_told_so(
    flow: Flow, token: str
) -> None:
    async with make_client(replace(flow, at_work=AtWork(Lost(), 0.75)), token) as client:
        answer = await client.post("/predict", json={"items": [{"text": "x"}]})
    problem(answer, 503, "model")
    assert answer.headers["Retry-After"] == "5"

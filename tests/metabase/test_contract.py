"""Every request of a Metabase's whole life, held against the schemas that Metabase publishes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from buzon.store import categories
from buzon.store.db import Database
from metabase.answers import Request
from metabase.conftest import Provision
from metabase.fake import FakeMetabase

EXCERPT = Path(__file__).parents[3] / "shared" / "metabase" / "openapi-excerpt.json"


class Published:
    """The document; `wrong` says what a request does not keep to."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def wrong(self, request: Request) -> list[str]:
        operation = self._operation(request)
        declared = {each["name"]: each["schema"] for each in operation.get("parameters", [])}
        told = [f"unknown query {name}" for name in request.query.keys() - declared.keys()]
        for name, value in request.query.items():
            plain = (
                int(value) if value.isdigit() else {"true": True, "false": False}.get(value, value)
            )
            told += self._against(declared.get(name, {}), plain)
        if request.body is None:
            return told
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return told + self._against(schema, request.body)

    def _operation(self, request: Request) -> dict[str, Any]:
        for path, methods in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), request.path):
                return dict(methods[request.method.lower()])
        raise AssertionError(f"{request.method} {request.path} is in no document.")

    def _against(self, schema: dict[str, Any], value: Any) -> list[str]:
        whole = schema | {"components": self.document["components"]}
        return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


@pytest.mark.skipif(not EXCERPT.exists(), reason="../shared/metabase is not beside the repository")
async def test_every_request_is_one_that_metabase_publishes(
    provision: Provision, metabase: FakeMetabase, environment: dict[str, str], db: Database
) -> None:
    def run(**changes: str) -> None:
        done = provision(**changes)
        assert done.returncode == 0, done.stderr

    run()
    run(METABASE_LANGUAGE="en")
    async with db.transaction() as connection:
        await categories.add(connection, "averia", {"es": "Avería"})
    metabase.shut_out = True
    next(iter(metabase.cards.values()))["dataset_query"]["stages"][0]["native"] = "SELECT 1"
    next(iter(metabase.dashboards.values()))["dashcards"].pop()
    next(iter(metabase.actions.values()))["dataset_query"]["stages"][0]["native"] = "SELECT 1"
    Path(environment["METABASE_KEY_FILE"]).unlink()
    run()

    published = Published(json.loads(EXCERPT.read_text()))
    assert published.wrong(Request("POST", "/api/card", {}, {"name": ""}))  # it does refuse
    told = {
        f"{request.method} {request.path}": wrong
        for request in metabase.requests
        if (wrong := published.wrong(request))
    }
    assert told == {}
    assert {request.method for request in metabase.requests} == {"GET", "POST", "PUT", "DELETE"}

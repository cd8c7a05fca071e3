"""What Metabase publishes of its API, as it lies beside the repository."""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from metabase.answers import Request, pattern

SHARED = Path(__file__).parents[3] / "shared" / "metabase"

# In CI it must be there; what reads it fails otherwise.
needs_published = pytest.mark.skipif(
    not SHARED.exists() and not os.environ.get("CI"),
    reason="../shared/metabase is not beside the repository",
)


def published() -> "Published":
    return Published(json.loads((SHARED / "openapi-excerpt.json").read_text()))


def payloads() -> dict[tuple[str, str], set[str]]:
    """The calls that PAYLOADS.md shows, and the keys of their bodies, over all its examples; what
    is changed may have all that it is made with."""
    shown: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    text = (SHARED / "PAYLOADS.md").read_text()
    for call, body in re.findall(r"^```json (.*?)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        method, path, *refused = call.split()
        if not refused:
            shown[method, _any(path)] |= set(key_paths(json.loads(body)))
    for method, path in list(shown):
        if method == "PUT":
            shown[method, path] |= shown.get(("POST", path.removesuffix("/{id}")), set())
    return shown


def keys_sent(requests: Iterable[Request]) -> dict[tuple[str, str], set[str]]:
    """The same of calls that were made."""
    sent: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for request in requests:
        if request.body is not None:
            sent[request.method, _any(request.path)] |= set(key_paths(request.body))
    return sent


NAMED_FREELY = {"template-tags", "fields", "column_settings"}  # what is below has names of ours


def key_paths(body: Any, above: str = "") -> Iterator[str]:
    """Every key in it, after those above; of lists, of all their items."""
    if isinstance(body, list):
        for item in body:
            yield from key_paths(item, above)
    elif isinstance(body, dict):
        for key, value in body.items():
            name = "*" if above.rpartition(".")[2] in NAMED_FREELY else key
            path = f"{above}.{name}".lstrip(".")
            yield path
            yield from key_paths(value, path)


def _any(path: str) -> str:
    """The path with any number, and any setting."""
    return re.sub(r"/setting/.*", "/setting/{name}", pattern(path))


class Published:
    """The document; `wrong` says what a request does not keep to."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def all_wrong(self, requests: Iterable[Request]) -> dict[str, list[str]]:
        """What is wrong with each of these that is not as it should be."""
        told = {f"{each.method} {each.path}": self.wrong(each) for each in requests}
        return {call: wrong for call, wrong in told.items() if wrong}

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

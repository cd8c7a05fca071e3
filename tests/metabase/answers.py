"""What is asked and answered, and the rows that are kept between."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

Row = dict[str, Any]


class Answer(Exception):
    """Anything but 200."""

    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    body: Any

    @property
    def writes(self) -> bool:
        """Whether it changes what Metabase keeps; a query is asked by POST too."""
        reads = self.path in ("/api/dataset", "/api/session") or self.path.endswith("/query")
        return self.method != "GET" and not reads


Route = Callable[[Any, Request, int], Any]

ROUTES: dict[tuple[str, str], Route] = {}
OPEN: set[tuple[str, str]] = set()  # to those who have not signed in


def route(method: str, path: str, *, open_to_all: bool = False) -> Callable[[Route], Route]:
    """Answers these calls; {id} stands for a number, which is handed over."""

    def kept(answers: Route) -> Route:
        ROUTES[method, path] = answers
        if open_to_all:
            OPEN.add((method, path))
        return answers

    return kept


def pattern(path: str) -> str:
    return re.sub(r"/\d+(?=/|$)", "/{id}", path)


class Numbered:
    """Rows get their numbers here, each another."""

    def __init__(self) -> None:
        self._numbers = count(2)

    def _new(self) -> int:
        return next(self._numbers)


def checked(body: Any, needed: set[str], allowed: set[str] | None = None) -> Row:
    """The body, if it has all keys that are needed and none that nobody knows."""
    if not isinstance(body, dict):
        raise Answer(400, {"specific-errors": {"body": ["should be a map"]}})
    wrong = (needed - body.keys()) | (body.keys() - needed - (allowed or set()))
    if wrong:
        raise Answer(400, {"errors": dict.fromkeys(sorted(wrong), "missing or unexpected key")})
    return dict(body)


def found(rows: dict[int, Row], id: int) -> Row:
    if id not in rows:
        raise Answer(404, "Not found.")
    return rows[id]

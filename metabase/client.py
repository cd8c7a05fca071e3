"""Metabase's API over HTTP: JSON there and back."""

import json
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from trouble import NotUp, Unexpected

TIMEOUT = 60.0  # seconds; the first query of a new connection takes a while


class Metabase:
    """Calls to one server, under the `headers` of whoever signed in; `changes` tells in words what
    they changed."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.headers: dict[str, str] = {}
        self.changes: list[str] = []

    def changed(self, what: str) -> None:
        self.changes.append(what)
        print(what, flush=True)

    def get(self, path: str, **query: str) -> Any:
        return self.send("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: object = None) -> Any:
        return self.send("POST", path, body)

    def put(self, path: str, body: object) -> Any:
        return self.send("PUT", path, body)

    def send(self, method: str, path: str, body: object = None) -> Any:
        """What it answers. Raises NotUp, and Unexpected for any answer but a good one."""
        status, text = self._exchange(method, path, None if body is None else json.dumps(body))
        try:
            answer = json.loads(text) if text else None
        except ValueError:
            answer = text
        if not 200 <= status < 300:
            raise Unexpected(
                f"{method} {path} was answered {status}: {gist(answer)}.", status, answer
            )
        return answer

    def _exchange(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.netloc, timeout=TIMEOUT)
        headers = self.headers | ({"Content-Type": "application/json"} if body else {})
        try:
            connection.request(method, parts.path + path, body and body.encode(), headers)
            answer: HTTPResponse = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, HTTPException) as error:
            raise NotUp(
                f"Nobody answers at {self.url} ({error}).",
                "Start Metabase, or correct METABASE_URL.",
            ) from error
        finally:
            connection.close()


def gist(answer: object) -> str:
    """What an answer says in a few words: plain text, a message, or errors by key."""
    if isinstance(answer, dict):
        errors = answer.get("errors") or answer.get("specific-errors")
        told = answer.get("message") or answer.get("cause") or answer.get("error")
        return str(told or errors or answer)[:300].rstrip(".")
    return str(answer)[:300].rstrip(".")

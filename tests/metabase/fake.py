"""A Metabase for the tests: over real HTTP, with a memory, in front of the real PostgreSQL.

Written from what Metabase's API is documented to do, as far as provision.py needs it: who may call,
which keys a body must and may have, what is told back.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from metabase.access import Access
from metabase.answers import ROUTES, Answer, Request, pattern
from metabase.content import Content


class FakeMetabase(Access, Content):
    """Its rows, each under its number. `life`: everything that was ever asked; `requests`: since a
    test last cleared it."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.life: list[Request] = []

    def answer(self, request: Request, headers: dict[str, str]) -> Any:
        self.requests.append(request)
        self.life.append(request)
        called = ROUTES.get((request.method, pattern(request.path)))
        if called is None:
            raise Answer(404, "API endpoint does not exist.")
        self.admit(request, headers)
        number = re.search(r"/(\d+)(?=/|$)", request.path)
        return called(self, request, int(number[1]) if number else 0)


@contextmanager
def serving(metabase: FakeMetabase) -> Iterator[str]:
    """The address at which it answers, as long as this lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            query = dict(parse_qsl(parts.query))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                request = Request(self.command, parts.path, query, body)
                self._tell(200, metabase.answer(request, headers))
            except Answer as answer:
                self._tell(answer.status, answer.body)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

        def _tell(self, status: int, body: Any) -> None:
            content = b"" if body is None else json.dumps(body, default=str).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()

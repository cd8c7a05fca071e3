"""A Buzón that knows webhooks and nothing else, for n8n/render.mjs. The real one
answers in tests/n8n."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class FakeBuzon(ThreadingHTTPServer):
    """`webhooks`: what it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Webhooks)
        self.webhooks: list[dict[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Webhooks(BaseHTTPRequestHandler):
    server: FakeBuzon

    def do_GET(self) -> None:
        self._answer({"items": self.server.webhooks})

    def do_POST(self) -> None:
        if not self.path.endswith("/secret"):
            self.server.webhooks.append({"id": 1, "enabled": True, **self._body()})
        self._answer({**self.server.webhooks[0], "secret": "whsec_Y2xhdmU="})

    def do_PATCH(self) -> None:
        self.server.webhooks[0].update(self._body())
        self._answer(self.server.webhooks[0])

    def log_message(self, *_: object) -> None:
        pass

    def _body(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return told

    def _answer(self, content: object) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())


@contextmanager
def fake_buzon() -> Iterator[FakeBuzon]:
    buzon = FakeBuzon()
    Thread(target=buzon.serve_forever, daemon=True).start()
    try:
        yield buzon
    finally:
        buzon.shutdown()
        buzon.server_close()

"""What holds for every request: it has an id, its time is taken, and an error that nobody foresaw
is answered and written to the log."""

import time

import structlog
from prometheus_client import (
    CollectorRegistry,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from buzon.api.memory import Memory
from buzon.api.problems import unforeseen
from buzon.api.request_id import NAME, fit_id

log = structlog.get_logger()

# This process's own figures; what the database knows is in measures.py.
# When each counter began is as much again, and Prometheus doesn't ask.
disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
REGISTRY.register(Memory())
DURATION = Histogram(
    "buzon_http_request_duration_seconds",
    "Until an answer began, by route as it is written in the program.",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        id = fit_id(dict(scope["headers"]).get(NAME.lower().encode(), b""))
        told = _Told(scope, send, id)
        with bound_contextvars(request_id=id):
            try:
                await self.app(scope, receive, told)
            except Exception:
                if told.begun:
                    raise
                log.exception("request failed", method=scope["method"], path=scope["path"])
                await unforeseen()(scope, receive, told)


class _Told:
    """Sends the answer, with its id, and takes the time until it begins."""

    def __init__(self, scope: Scope, send: Send, id: str) -> None:
        self.scope, self.send, self.id = scope, send, id
        self.since = time.perf_counter()
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            MutableHeaders(scope=message)[NAME] = self.id
            labels = _method(self.scope), _route(self.scope), str(message["status"])
            DURATION.labels(*labels).observe(time.perf_counter() - self.since)
        await self.send(message)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else "other"


def _route(scope: Scope) -> str:
    """Bounded in number, whatever is asked for."""
    return str(getattr(scope.get("route"), "path", "other"))

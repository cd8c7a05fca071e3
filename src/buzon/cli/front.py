"""The server, and behind it the pages and the API of the settings that hold now."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from buzon.api import Context, create_api, end_stats
from buzon.cli.desk import StoreDesk
from buzon.cli.patience import CONNECTIONS, Impatient
from buzon.config import Settings
from buzon.flow import Flow
from buzon.web import create_web, end_streams

STOP_SECONDS = 3


class Front:
    """One application for the server, behind which others take each other's place: who is being
    answered by the old one is answered, and open pages come back to the new one."""

    def __init__(self, settings: Settings, flow: Flow, desk: StoreDesk) -> None:
        self._show(settings, flow, desk)

    def become(self, settings: Settings, flow: Flow, desk: StoreDesk) -> None:
        old_app, old_pages, old_desk = self._app, self._pages, self._desk
        self._show(settings, flow, desk)
        old_desk.superseded.set()
        end_stats(old_app)
        end_streams(old_pages)

    def _show(self, settings: Settings, flow: Flow, desk: StoreDesk) -> None:
        self._desk = desk
        self._pages = create_web(
            desk,
            company=settings.company,
            timezone=ZoneInfo(settings.timezone),
            address=settings.url,
        )
        open_metrics = settings.metrics == "open"
        self._app: FastAPI = create_api(
            Context(
                flow,
                settings.default_mailbox,
                desk.faults,
                desk.hooks,
                desk.account,
                open_metrics,
            ),
            self._pages,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def end_streams(self) -> None:
        end_stats(self._app)
        end_streams(self._pages)


class Server(uvicorn.Server):
    """Leaves signals to us, and ends the live pages and streams before it waits for open responses:
    they never end by themselves."""

    def __init__(self, config: uvicorn.Config, front: Front) -> None:
        super().__init__(config)
        self.front = front

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.front.end_streams()
        await super().shutdown(sockets)


@asynccontextmanager
async def serve_front(settings: Settings, front: Front) -> AsyncIterator[None]:
    server = Server(listening(settings, front), front)
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110 - no event for it
            await asyncio.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        await serving


def listening(settings: Settings, app: ASGIApp) -> uvicorn.Config:
    """How the server listens, how long it waits, and whom it believes who asks: X-Forwarded-For
    and -Proto."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=Impatient,
        ws="none",
        limit_concurrency=CONNECTIONS,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(settings.trusted_proxies),
    )

"""The answer that never ends by itself: what an open page hears."""

import asyncio
from contextlib import AbstractContextManager, suppress

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from buzon.errors import DatabaseError
from buzon.web.context import context_of, session_of
from buzon.web.open_pages import OpenPage, frame

BEAT_SECONDS = 15.0
SESSION_SECONDS = 15.0
LAST_WORD_SECONDS = 1.0

# An event, not a comment, so that the page can tell a quiet stream from a dead one.
BEAT = frame("beat", "")


class EventStream(Response):
    """Sends the frames of an open page until it leaves, falls behind, its session ends, or the
    service stops."""

    media_type = "text/event-stream"

    def __init__(self, opened: AbstractContextManager[OpenPage]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._opened as page:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._send, page, send)
                tasks.start_soon(_watch, page, receive)
                tasks.start_soon(_end_with_session, page, Request(scope))
                await page.ended.wait()
                tasks.cancel_scope.cancel()
        with anyio.move_on_after(LAST_WORD_SECONDS):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, page: OpenPage, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        word = BEAT
        while True:
            await send({"type": "http.response.body", "body": word, "more_body": True})
            try:
                word = await asyncio.wait_for(page.frames.get(), BEAT_SECONDS)
            except TimeoutError:
                word = BEAT


async def _watch(page: OpenPage, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    page.ended.set()


async def _end_with_session(page: OpenPage, request: Request) -> None:
    """Who is signed out elsewhere, or disabled, hears no more."""
    desk, session = context_of(request).desk, session_of(request)
    while True:
        await asyncio.sleep(SESSION_SECONDS)
        with suppress(DatabaseError):  # then the stream has nothing to tell anyway
            if await desk.who(session) is None:
                page.ended.set()

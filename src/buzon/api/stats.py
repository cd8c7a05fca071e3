"""The dashboard's figures: once, and as a stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import TypeAdapter

from buzon.api.conditional import unless_known
from buzon.api.context import Context, Parts, Reader, bearer
from buzon.api.described import KNOWN, answers
from buzon.errors import Conflict, DatabaseError
from buzon.flow import Statistics, Wanted, pulse, statistics
from buzon.flow.statistics import DAYS
from buzon.store import notify, tokens

router = APIRouter(tags=["figures"])

PAUSE = 1.0  # seconds between two tellings
BEAT = 15.0  # seconds after which a quiet stream shows that it lives
MOST_STREAMS = 20  # each holds a connection to the database

AS_JSON = TypeAdapter(Statistics)


class Streams:
    """The streams that are open in this process, and whether they must end."""

    def __init__(self) -> None:
        self.open = 0
        self.ending = asyncio.Event()


def end_stats(app: FastAPI) -> None:
    """End every stream of figures and take no new ones, so that the server can stop."""
    app.state.stats.ending.set()


async def wanted(
    since: Annotated[
        date | None, Query(description="The first day, in the company's time; else 30 days ago.")
    ] = None,
    until: Annotated[date | None, Query(description="The last day, included; else today.")] = None,
    mailbox: Annotated[str | None, Query(max_length=200)] = None,
) -> Wanted:
    return Wanted(DAYS, since, until, mailbox)


Asked = Annotated[Wanted, Depends(wanted)]


@router.get("/stats", response_model=Statistics, responses=KNOWN)
async def stats(request: Request, parts: Parts, asked: Asked, _caller: Reader) -> Response:
    """The figures of the days from `since` to `until`."""
    return unless_known(request, await statistics(parts.db, asked))


@router.get(
    "/stats/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **answers(Conflict)},
)
async def stats_stream(
    request: Request,
    parts: Parts,
    asked: Asked,
    _caller: Reader,
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
) -> StreamingResponse:
    """The same as server-sent events: an event `stats` at once, and one whenever mails came in or
    changed, at most one a second."""
    streams: Streams = request.app.state.stats
    if streams.open >= MOST_STREAMS or streams.ending.is_set():
        raise Conflict(
            f"{streams.open} streams of figures are open here.",
            "Close one, or ask for /stats now and then.",
        )
    await stats(
        request, parts, asked, _caller
    )  # what can't be told is refused before the stream begins
    return StreamingResponse(
        _tell(streams, parts, asked, credentials.credentials),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _tell(
    streams: Streams, parts: Context, asked: Wanted, token: str
) -> AsyncIterator[bytes]:
    """Until the client leaves, its token no longer works, the database fails or the service stops:
    a client of server-sent events comes back by itself."""
    streams.open += 1
    frames = _frames(parts, asked, token)
    ending = asyncio.create_task(streams.ending.wait())
    try:
        while True:
            frame = asyncio.ensure_future(anext(frames))
            await asyncio.wait({frame, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not frame.done():
                frame.cancel()
                return
            yield frame.result()
    except (DatabaseError, StopAsyncIteration):
        return
    finally:
        streams.open -= 1
        ending.cancel()


async def _frames(parts: Context, asked: Wanted, token: str) -> AsyncIterator[bytes]:
    changes = notify.listen(parts.db)
    async with aclosing(pulse(changes, pause=PAUSE, at_least=BEAT)) as beats:
        async for news in beats:
            if not news:
                yield b": still here\n\n"
            async with parts.db.transaction() as db:
                if await tokens.use(db, token) is None:
                    return
            if news:
                found = await statistics(parts.db, asked)
                yield b"event: stats\ndata: " + AS_JSON.dump_json(found) + b"\n\n"

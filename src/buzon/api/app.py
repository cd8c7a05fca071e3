"""The routes: mails in, events out, and how the service is."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse

from buzon.api import docs, learning, problems, stats, webhooks
from buzon.api.context import Context, Parts, Reader, Sender
from buzon.api.intake import take_fields, take_raw
from buzon.api.limits import LimitBody
from buzon.api.shapes import Classified, EventOut, EventPage, Mail, event_out
from buzon.errors import DatabaseError, NotFound
from buzon.store import events
from buzon.store.filters import MOST_WORDS, NO_NUL, Filter

router = APIRouter()

MAX_PAGE = 200


def create_api(parts: Context) -> FastAPI:
    """The API. Every call but the two health checks and its description needs a token."""
    app = FastAPI(title="Buzón", version="0.1.0", docs_url=None, redoc_url=None)
    app.state.context = parts
    app.add_middleware(LimitBody)
    problems.install(app)
    app.include_router(router)
    app.include_router(learning.router)
    app.include_router(stats.router)
    app.include_router(webhooks.router)
    app.state.stats = stats.Streams()
    app.include_router(docs.router)
    return app


@router.post("/classify", response_model=Classified, tags=["mails"])
async def classify(mail: Mail, parts: Parts, _caller: Sender) -> Classified:
    """Store a mail given in its parts, sort it, and say what is to be answered."""
    return await take_fields(parts, mail)


@router.post(
    "/messages",
    response_model=Classified,
    tags=["mails"],
    openapi_extra={"requestBody": {"content": {"message/rfc822": {}}, "required": True}},
)
async def messages(
    request: Request, parts: Parts, _caller: Sender, mailbox: Annotated[str, Query()] = ""
) -> Classified:
    """Store a raw mail (`message/rfc822`), sort it, and say what is to be answered."""
    return await take_raw(parts, await request.body(), mailbox)


@router.get("/events", response_model=EventPage, tags=["events"])
async def list_events(
    parts: Parts,
    _caller: Reader,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
    category: str | None = None,
    true_label: str | None = None,
    mailbox: str | None = None,
    needs_review: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    q: Annotated[str | None, Query(max_length=MOST_WORDS, pattern=NO_NUL)] = None,
) -> EventPage:
    """The events that follow event `after`, oldest first. `q`: words of subject, sender or text,
    as people type them: `caja rota`, `"caja rota"`, `caja OR palet`, `caja -rota`."""
    wanted = Filter(
        category=category,
        true_label=true_label,
        mailbox=mailbox,
        needs_review=needs_review,
        since=since,
        until=until,
        words=q,
    )
    async with parts.db.transaction() as db:
        found = await events.after(db, after, limit + 1, wanted)
    page = [event_out(event) for event in found[:limit]]
    return EventPage(items=page, next=page[-1].id if len(found) > limit else None)


@router.get("/events/{id}", response_model=EventOut, tags=["events"])
async def one_event(id: int, parts: Parts, _caller: Reader) -> EventOut:
    async with parts.db.transaction() as db:
        event = await events.get(db, id) if 0 < id < 2**63 else None
    if event is None:
        raise NotFound(f"There is no event {id}.")
    return event_out(event)


@router.get("/healthz", tags=["health"])
async def healthz() -> dict[Literal["status"], str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz", tags=["health"])
async def readyz(parts: Parts) -> Response:
    """Mails can be taken: the database answers, and every mailbox is read. Anybody may ask, so
    only what is not well is told here; the page and `buzon check` tell why."""
    faults = list(parts.ready())
    try:
        async with parts.db.transaction() as db:
            await db.execute("SELECT 1")
    except DatabaseError:
        faults.insert(0, "The database is not available.")
    status = "not ready" if faults else "ready"
    return JSONResponse({"status": status, "faults": faults}, 503 if faults else 200)

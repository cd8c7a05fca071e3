"""Events out."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from buzon.api.conditional import event_tag, unless_known
from buzon.api.context import LARGEST_ID, STALE, Lister, Parts, Reader
from buzon.api.described import KNOWN, answers
from buzon.api.replies import hand_out_stale
from buzon.api.shapes import EventOut, EventPage, event_out
from buzon.errors import NotFound
from buzon.records import ReplyStatus
from buzon.store import events
from buzon.store.filters import MOST_WORDS, NO_NUL, Filter

router = APIRouter(tags=["events"])

MAX_PAGE = 200


async def wanted(
    category: str | None = None,
    true_label: str | None = None,
    mailbox: str | None = None,
    needs_review: bool | None = None,
    audited: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    q: Annotated[str | None, Query(max_length=MOST_WORDS, pattern=NO_NUL)] = None,
    reply: ReplyStatus | Literal["none", "stale"] | None = None,
) -> Filter:
    return Filter(
        category=category,
        true_label=true_label,
        mailbox=mailbox,
        needs_review=needs_review,
        audited=audited,
        since=since,
        until=until,
        words=q,
        reply=reply,
    )


@router.get("/events", response_model=EventPage)
async def list_events(
    parts: Parts,
    _caller: Lister,
    wanted: Annotated[Filter, Depends(wanted)],
    response: Response,
    after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> EventPage:
    """The events that follow event `after`, oldest first. `q`: words of subject, sender or text,
    as people type them: `caja rota`, `"caja rota"`, `caja OR palet`, `caja -rota`. `reply`: what
    became of the automatic answer. `audited`: drawn by lot to know how good the sorting is, and
    labelled since; whether one that waits was drawn is told to nobody, lest it be looked at more
    kindly.

    `reply=stale`, with the scope `intake`, is the external sender's, and has an effect: the replies
    that are due are handed out by it, each with all there is to send, so that nobody else gets them
    until the time for reporting them is over. It takes `mailbox` and `limit` alone."""
    if wanted.reply == STALE:
        response.headers["Cache-Control"] = "no-store"
        return await hand_out_stale(parts, wanted, limit)
    async with parts.db.transaction() as db:
        found = await events.after(db, after, limit + 1, wanted)
    page = [event_out(event) for event in found[:limit]]
    return EventPage(items=page, next=page[-1].id if len(found) > limit else None)


@router.get("/events/{id}", response_model=EventOut, responses=KNOWN | answers(NotFound))
async def one_event(
    request: Request,
    id: Annotated[int, Path(examples=[17])],
    parts: Parts,
    _caller: Reader,
) -> Response:
    """A mail, what is known of it, and what became of its answer."""
    async with parts.db.transaction() as db:
        event = await events.get(db, id) if 0 < id <= LARGEST_ID else None
    if event is None:
        raise NotFound(f"There is no event {id}.")
    found = event_out(event)
    return unless_known(request, found, event_tag(found))

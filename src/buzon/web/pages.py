"""The mails: the list, one of them opened, and the stream that keeps both up to date."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import HTMLResponse, Response

from buzon.errors import NotFound
from buzon.records import Event
from buzon.web.context import Context, Language, Parts, SignedIn
from buzon.web.just_done import JustDone, Telling
from buzon.web.letters import NO_MAIL, ReadsHtml, event_of, letter
from buzon.web.live import PAGE_SIZE
from buzon.web.ports import User
from buzon.web.quantities import number
from buzon.web.stream import EventStream
from buzon.web.view import EventId, Shown, View

router = APIRouter()

COUNTED_UP_TO = 100_000  # mails, in a tenth of a second


@router.get("/")
async def desk(
    parts: Parts, user: SignedIn, language: Language, view: Shown, telling: Telling
) -> Response:
    """The list alone."""
    return await _page(parts, user, language, view, None, telling)


@router.get("/mails/count")
async def count(parts: Parts, _user: SignedIn, language: Language, view: Shown) -> Response:
    """How many mails a list has, for who selects them all."""
    counted = await parts.desk.count(view.wanted(parts.render.zone), COUNTED_UP_TO)
    more = "+" if counted == COUNTED_UP_TO else ""
    return HTMLResponse(number(counted, language) + more)


@router.get("/mails/{id}")
async def mail(
    id: EventId,
    parts: Parts,
    user: SignedIn,
    language: Language,
    view: Shown,
    as_html: ReadsHtml,
    telling: Telling,
    hx_request: Annotated[bool, Header()] = False,
) -> Response:
    """One mail: by itself for htmx, which puts it beside the list, else the whole page."""
    if hx_request:
        return HTMLResponse(await opened_mail(parts, user, language, id, view, as_html=as_html))
    event = await event_of(parts, id)
    return await _page(parts, user, language, view, event, telling, as_html=as_html)


@router.get("/mails/{id}/words")
async def words(id: EventId, parts: Parts, _user: SignedIn, language: Language) -> Response:
    """Subject and text of a mail with the words marked that decided, to stand in their places."""
    try:
        explained = await parts.desk.explain(id)
    except NotFound as error:
        raise NotFound(NO_MAIL) from error
    return HTMLResponse(
        parts.render.page(
            language,
            "words.html",
            categories=await parts.desk.categories(),
            event=explained.event,
            explained=explained,
        )
    )


async def opened_mail(
    parts: Context, user: User, language: str, id: int, view: View, *, as_html: bool = False
) -> str:
    """A mail as it stands beside the list. Raises NotFound."""
    event = await event_of(parts, id)
    return parts.render.page(
        language,
        "opened.html",
        categories=await parts.desk.categories(),
        user=user,
        event=event,
        past=await parts.desk.past(id),
        view=view,
        **await letter(parts, event, as_html),
    )


async def _page(
    parts: Context,
    user: User,
    language: str,
    view: View,
    opened: Event | None,
    telling: JustDone,
    *,
    as_html: bool = False,
) -> Response:
    seen_at = datetime.now(UTC)
    events = await parts.desk.newest(PAGE_SIZE + 1, view.wanted(parts.render.zone), view.place)
    shown = events[:PAGE_SIZE]
    return telling.page(
        parts.render.page(
            language,
            "desk.html",
            categories=await parts.desk.categories(),
            user=user,
            status=await parts.desk.status(),
            events=shown,
            found=await parts.desk.find([e.id for e in shown], view.q) if view.q else {},
            view=view,
            views=await parts.desk.saved_views(user),
            mailboxes=await parts.desk.mailbox_names(),
            seen_at=seen_at,
            long=await parts.desk.latest_long_act(user.name) if user.may("operator") else None,
            done=telling.told,
            page_size=PAGE_SIZE,
            older=len(events) > PAGE_SIZE,
            opened=opened,
            past=await parts.desk.past(opened.id) if opened else None,
            **(await letter(parts, opened, as_html) if opened else {}),
        )
    )


@router.get("/live")
async def live(parts: Parts, user: SignedIn, language: Language, view: Shown) -> Response:
    """The stream of rows that are new or changed, as server-sent events."""
    if parts.live.closed:
        return Response(status_code=503)
    return EventStream(parts.live.open(language, view.wanted(parts.render.zone)))

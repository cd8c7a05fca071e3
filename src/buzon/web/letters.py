"""An open mail: its conversation, its text or HTML, its attachments, and the mail as it came."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import NotFound
from buzon.mail import original
from buzon.records import Event
from buzon.web.context import Context, Language, Parts, SignedIn
from buzon.web.cookies import safe
from buzon.web.downloads import MAIL, download
from buzon.web.language import _
from buzon.web.ports import Neighbours
from buzon.web.view import EventId

router = APIRouter(prefix="/mails/{id}")

NO_MAIL = _("There is no mail with this number.")
NO_FILE = _("There is no such attachment.")
NOT_KEPT = _("This mail is no longer kept as it came.")
LATE = _("What is shown of it is all that is left.")

LARGEST_NUMBER = 1_000
LANGUAGE_TAG = r"^[A-Za-z0-9-]{0,35}$"  # BCP 47
SHOWN = 200_000  # bytes of a raw mail that its page shows

CHOICE = "buzon_letter"  # the cookie that says whether somebody reads HTML
YEAR = 365 * 24 * 3600

# A mail's HTML stands in a frame of its own. Nothing runs in it, whatever got past nh3: the
# sandbox has no allow-scripts, and no source of scripts is allowed. That is why allow-same-origin
# gives nothing away: it lets the page around measure the frame, and nobody in it is there to use
# it. Nothing is fetched but our stylesheet; pictures are within the page. Links open elsewhere.
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
FRAME_POLICY = "; ".join((
    "default-src 'none'",
    "img-src data:",
    "style-src-elem 'self'",
    "style-src-attr 'unsafe-inline'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
    f"sandbox {SANDBOX}",
))  # fmt: skip


async def _reads_html(request: Request) -> bool:
    return request.cookies.get(CHOICE) == "html"


ReadsHtml = Annotated[bool, Depends(_reads_html)]


async def letter(parts: Context, event: Event, as_html: bool) -> dict[str, Any]:
    """What the templates of an open mail need besides the mail."""
    around = await parts.desk.around(event)
    page = await parts.desk.html(event.id) if as_html and around.has_html else None
    return {"around": around, "html": page, "sandbox": SANDBOX}


async def event_of(parts: Context, id: int) -> Event:
    """A mail, whole. Raises NotFound."""
    event = await parts.desk.event(id)
    if event is None:
        raise NotFound(NO_MAIL)
    return event


@router.get("/body")
async def body(
    id: EventId,
    shown_as: Annotated[Literal["text", "html"], Query(alias="as")],
    parts: Parts,
    _user: SignedIn,
    language: Language,
    request: Request,
    hx_request: Annotated[bool, Header()] = False,
) -> Response:
    """The mail as text or as HTML, and so every other one from now on."""
    answer: Response = RedirectResponse(f"/mails/{id}", 303)
    if hx_request:
        event = await event_of(parts, id)
        context = await letter(parts, event, shown_as == "html")
        answer = HTMLResponse(parts.render.page(language, "body.html", event=event, **context))
    answer.set_cookie(CHOICE, shown_as, max_age=YEAR, **safe(request))
    return answer


@router.get("/html")
async def html(
    id: EventId,
    parts: Parts,
    _user: SignedIn,
    language: Language,
    lang: Annotated[str, Query(pattern=LANGUAGE_TAG)] = "",
) -> Response:
    """What stands in the frame; `lang`: the mail's language, which the page around knows."""
    page = await parts.desk.html(id)
    if page is None:
        raise NotFound(NOT_KEPT, LATE)
    return HTMLResponse(
        parts.render.page(language, "sheet.html", lang=lang, page=page),
        headers={"Content-Security-Policy": FRAME_POLICY},
    )


@router.get("/text")
async def text(id: EventId, parts: Parts, _user: SignedIn, language: Language) -> Response:
    """A mail of the conversation, to be read in its place."""
    event = await event_of(parts, id)
    return HTMLResponse(parts.render.page(language, "unfolded.html", event=event))


@router.get("/earlier")
async def earlier(id: EventId, parts: Parts, _user: SignedIn, language: Language) -> Response:
    """More of the conversation, before this mail."""
    event = await event_of(parts, id)
    return _more(parts, language, "earlier.html", await parts.desk.earlier_mails(event))


@router.get("/later")
async def later(id: EventId, parts: Parts, _user: SignedIn, language: Language) -> Response:
    """More of the conversation, after this mail."""
    event = await event_of(parts, id)
    return _more(parts, language, "later.html", await parts.desk.later_mails(event))


def _more(parts: Context, language: str, template: str, neighbours: Neighbours) -> Response:
    return HTMLResponse(parts.render.page(language, template, neighbours=neighbours))


@router.get("/attachments/{number}")
async def attachment(
    id: EventId,
    number: Annotated[int, Path(ge=0, le=LARGEST_NUMBER)],
    parts: Parts,
    _user: SignedIn,
) -> Response:
    """A file, to be saved."""
    file = await parts.desk.attachment(id, number)
    if file is None:
        raise NotFound(NO_FILE, LATE)
    return download(file.name, file.content_type, file.content)


@router.get("/source")
async def source(id: EventId, parts: Parts, user: SignedIn, language: Language) -> Response:
    """The mail as it came, its headers decoded first."""
    event = await event_of(parts, id)
    raw = await parts.desk.raw(id)
    page = parts.render.page(
        language,
        "source.html",
        user=user,
        status=await parts.desk.status(),
        title=event.subject,
        back=f"/mails/{id}",
        back_to=_("To the mail"),
        file=f"/mails/{id}/source.eml",
        place="mails",
        **as_it_came(raw),
    )
    return HTMLResponse(page)


def as_it_came(raw: bytes | None) -> dict[str, Any]:
    """What the page of a raw mail shows of it."""
    if raw is None:
        return {"raw": None}
    head = raw[:SHOWN]
    return {
        "raw": original.source(head),
        "headers": original.decoded_headers(head),
        "shown": len(head),
        "size": len(raw),
    }


@router.get("/source.eml")
async def source_file(id: EventId, parts: Parts, _user: SignedIn) -> Response:
    """The mail as it came, to be saved."""
    raw = await parts.desk.raw(id)
    if raw is None:
        raise NotFound(NOT_KEPT, LATE)
    return download(f"mail-{id}.eml", MAIL, raw)

"""Signing in with e-mail and password, setting one by a one-time link, and signing out."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Invalid, NotFound, RequestError, TooManyAttempts, Unauthorized
from buzon.web.context import COOKIE, Context, Form, From, Language, Parts, Session
from buzon.web.cookies import safe
from buzon.web.language import _

router = APIRouter()

COOKIE_LIVES = 30 * 24 * 3600  # seconds; the session itself may end earlier
START = "/"
SET_UP = "/set-up"  # where the first administrator begins while no mailbox is read


@router.get("/sign-in")
async def sign_in_page(parts: Parts, language: Language) -> Response:
    return await ask(parts, language)


@router.post("/sign-in")
async def sign_in(
    form: Form, visitor: From, session: Session, parts: Parts, language: Language, request: Request
) -> Response:
    email, wanted = form.get("email", ""), own_place(form.get("wanted", ""))
    try:
        new = await parts.desk.sign_in(email, form.get("password", ""), visitor)
    except (Unauthorized, TooManyAttempts) as error:
        return await ask(parts, language, fault=error, email=email, wanted=wanted)
    if session:
        await parts.desk.sign_out(session)
    return let_in(request, new, wanted)


async def ask(
    parts: Context,
    language: str,
    *,
    status: int = 200,
    fault: RequestError | None = None,
    email: str = "",
    wanted: str = START,
) -> Response:
    """The page where one signs in; `wanted` is where that leads."""
    page = parts.render.page(
        language,
        "sign_in.html",
        has_users=await parts.desk.has_users(),
        provider=parts.desk.provider(),
        fault=fault,
        email=email,
        wanted=wanted,
    )
    headers = {"Retry-After": str(fault.wait)} if isinstance(fault, TooManyAttempts) else {}
    return HTMLResponse(page, fault.status if fault else status, headers)


def own_place(wanted: str) -> str:
    """A path of ours, and of nobody else's: //elsewhere.example and /\\elsewhere.example are."""
    ours = wanted.startswith("/") and wanted[1:2] not in {"/", "\\"} and wanted.isprintable()
    return wanted if ours else START


@router.get("/sign-in/{secret}")
async def invitation(secret: str, parts: Parts, language: Language) -> Response:
    """What a one-time link opens. Only the form uses it up: some programs open every link ahead."""
    return await _invitation(parts, language, secret)


@router.post("/sign-in/{secret}")
async def accept(
    secret: str,
    form: Form,
    visitor: From,
    session: Session,
    parts: Parts,
    language: Language,
    request: Request,
) -> Response:
    """Set a password; the first time also say who one is."""
    email, name = form.get("email", ""), form.get("name", "")
    try:
        password = new_password(form)
        if await parts.desk.invited(secret):
            new, wanted = await parts.desk.accept(secret, password, visitor), START
        else:
            new = await parts.desk.make_first(secret, email, name, password, visitor)
            wanted = START if await parts.desk.boxes() else SET_UP
    except Invalid as error:
        return await _invitation(parts, language, secret, fault=error, email=email, name=name)
    except NotFound as error:
        return await ask(parts, language, fault=error)
    if session:
        await parts.desk.sign_out(session)
    return let_in(request, new, wanted)


async def _invitation(
    parts: Context,
    language: str,
    secret: str,
    *,
    fault: RequestError | None = None,
    email: str = "",
    name: str = "",
) -> Response:
    try:
        invited = await parts.desk.invited(secret)
    except NotFound as error:
        return await ask(parts, language, fault=error)
    page = parts.render.page(
        language,
        "invitation.html",
        invited=invited,
        fault=fault,
        email=invited.email if invited else email,
        name=invited.name if invited else name,
    )
    return HTMLResponse(page, fault.status if fault else 200)


def new_password(form: Form) -> str:
    """What was typed twice. Raises Invalid."""
    password = form.get("password", "")
    if password != form.get("again", ""):
        raise Invalid(_("The two passwords differ."), _("Type the same one twice."))
    return password


def let_in(request: Request, session: str, wanted: str) -> Response:
    """Go on, with the cookie of a new session."""
    answer = RedirectResponse(wanted, 303)
    answer.set_cookie(COOKIE, session, max_age=COOKIE_LIVES, **safe(request))
    return answer


@router.post("/sign-out")
async def sign_out(session: Session, parts: Parts) -> Response:
    if session:
        await parts.desk.sign_out(session)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer

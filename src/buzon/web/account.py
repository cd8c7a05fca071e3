"""What everybody has of their own: language, password, and where they are signed in."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Invalid, RequestError, TooManyAttempts, Unauthorized
from buzon.web.context import Context, Form, From, Language, Parts, Session, SignedIn
from buzon.web.language import LANGUAGES, _
from buzon.web.ports import User
from buzon.web.signing import let_in, new_password

router = APIRouter(prefix="/account")

LARGEST_ID = 2**63 - 1
SessionId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("")
async def account(parts: Parts, user: SignedIn, session: Session, language: Language) -> Response:
    return await _page(parts, user, session, language)


@router.post("/language")
async def choose_language(form: Form, parts: Parts, user: SignedIn) -> Response:
    """The language of one's pages, on whatever machine; the browser's where none is chosen."""
    language = form.get("language", "")
    if language not in {"", *LANGUAGES}:
        raise Invalid(_("Buzón does not speak this language."), _("Choose Spanish or English."))
    await parts.desk.choose_language(user, language or None)
    return RedirectResponse("/account", 303)


@router.post("/password")
async def change_password(
    form: Form,
    visitor: From,
    parts: Parts,
    user: SignedIn,
    session: Session,
    language: Language,
    request: Request,
) -> Response:
    """A new password, which ends all other sessions."""
    try:
        new = await parts.desk.change_password(
            user, form.get("old", ""), new_password(form), visitor
        )
    except (Invalid, Unauthorized, TooManyAttempts) as error:
        return await _page(parts, user, session, language, error)
    return let_in(request, new, "/account")


@router.post("/sessions/end-others")
async def end_others(parts: Parts, user: SignedIn, session: Session) -> Response:
    await parts.desk.end_other_sessions(user, session)
    return RedirectResponse("/account", 303)


@router.post("/sessions/{id}/end")
async def end(id: SessionId, parts: Parts, user: SignedIn) -> Response:
    await parts.desk.end_session(user, id)
    return RedirectResponse("/account", 303)


async def _page(
    parts: Context, user: User, session: str, language: str, fault: RequestError | None = None
) -> Response:
    page = parts.render.page(
        language,
        "account.html",
        user=user,
        status=await parts.desk.status(),
        sessions=await parts.desk.sessions(user, session),
        fault=fault,
    )
    return HTMLResponse(page, fault.status if fault else 200)

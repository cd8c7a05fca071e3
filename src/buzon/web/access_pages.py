"""OAuth2 at mail providers, for administrators: what Buzón is there, letting it into accounts."""

from typing import get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import (
    Conflict,
    NotFound,
    ProviderFailed,
    RequestError,
    TextRefused,
    WrongSettings,
)
from buzon.store.mail_grants import ProviderName
from buzon.web import access_words, sending_pages, typed
from buzon.web.context import Administrator, Context, Form, Language, Parts, Session
from buzon.web.ports import User
from buzon.web.post_pages import PLACE, Name, show_list

router = APIRouter(prefix="/settings")

PROVIDERS = "/settings/providers"
AUTHORIZED = "/settings/mailboxes/authorized"


@router.get("/providers")
async def providers(parts: Parts, user: Administrator, language: Language) -> Response:
    return await _page(parts, user, language)


@router.post("/providers")
async def keep(form: Form, parts: Parts, user: Administrator, language: Language) -> Response:
    known: tuple[ProviderName, ...] = get_args(ProviderName)
    name = next((one for one in known if one == form.get("provider")), known[-1])
    try:
        await parts.desk.keep_provider(name, form, user.name)
    except (WrongSettings, TextRefused, Conflict) as error:
        return await _page(parts, user, language, fault=error, entered=dict(form))
    return RedirectResponse(PROVIDERS, 303)


@router.get("/mailboxes/authorize")
async def authorize(
    parts: Parts,
    user: Administrator,
    session: Session,
    language: Language,
    request: Request,
    name: Name | None = None,
) -> Response:
    """A link and no form: the pages' policy lets forms lead nowhere else."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        return RedirectResponse(PLACE, 303)  # nobody is to be sent there unasked
    try:
        return RedirectResponse(await parts.desk.authorize(name, session), 303)
    except (Conflict, NotFound) as error:
        show = sending_pages.show if name is None else show_list
        return await show(parts, user, language, fault=error)


@router.get("/mailboxes/authorized")
async def authorized(
    parts: Parts, user: Administrator, session: Session, language: Language, request: Request
) -> Response:
    """Where the provider sends people back to."""
    try:
        account = await parts.desk.authorized(dict(request.query_params), session, user.name)
    except (NotFound, ProviderFailed) as error:
        return await show_list(parts, user, language, fault=error)
    is_read = account in {box.user for box in await parts.desk.boxes()}
    return RedirectResponse(PLACE if is_read else sending_pages.PLACE, 303)


async def _page(
    parts: Context,
    user: User,
    language: str,
    *,
    fault: RequestError | None = None,
    entered: dict[str, str] | None = None,
) -> Response:
    page = parts.render.page(
        language,
        "providers.html",
        user=user,
        status=await parts.desk.status(),
        providers=await parts.desk.providers(),
        about=access_words,
        typed=entered or {},
        fault=fault,
        faults=typed.faults(fault),
    )
    return HTMLResponse(page, fault.status if fault else 200)

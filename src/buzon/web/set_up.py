"""The first time: what is still to be set up, in the order in which it makes sense. Each step can
be left out and come back to."""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Conflict, RequestError, WrongSettings
from buzon.store.filters import Filter
from buzon.web import post_words, setting_words
from buzon.web.context import Administrator, Context, Form, Language, Parts
from buzon.web.ports import User
from buzon.web.setting_pages import ZONES
from buzon.web.signing import SET_UP, START

router = APIRouter(prefix="/set-up")

COMPANY = ("company", "language", "timezone")


@router.get("")
async def set_up(parts: Parts, user: Administrator, language: Language) -> Response:
    return await _page(parts, user, language)


@router.post("")
async def company(form: Form, parts: Parts, user: Administrator, language: Language) -> Response:
    """Who one is, where, and in which language one answers."""
    typed = {name: form[name] for name in COMPANY if name in form}
    try:
        wanted = {name: setting_words.meant(name, text) for name, text in typed.items()}
        await parts.desk.choose(wanted, user.name)
    except WrongSettings as error:
        return await _page(parts, user, language, fault=error, typed=typed)
    return RedirectResponse(SET_UP, 303)


@router.post("/samples")
async def samples(parts: Parts, user: Administrator, language: Language) -> Response:
    """Have sample mails come in, and watch them do."""
    try:
        await parts.desk.play_samples()
    except Conflict as error:
        return await _page(parts, user, language, fault=error)
    return RedirectResponse(START, 303)


async def _page(
    parts: Context,
    user: User,
    language: str,
    *,
    fault: RequestError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    faults = fault.faults if isinstance(fault, WrongSettings) else {}
    settings = {setting.name: setting for setting in await parts.desk.choosable()}
    page = parts.render.page(
        language,
        "set_up.html",
        categories=await parts.desk.categories(),
        user=user,
        status=await parts.desk.status(),
        settings=[settings[name] for name in COMPANY],
        named=settings["company"].comes.kind != "default",
        boxes=await parts.desk.boxes(),
        way=await parts.desk.way(),
        any_mail=bool(await parts.desk.newest(1, Filter())),
        about=setting_words,
        providers=post_words.PROVIDERS,
        zones=ZONES,
        fault=fault,
        faults={name: setting_words.fault(name, told) for name, told in faults.items()},
        typed=typed or {},
    )
    return HTMLResponse(page, fault.status if fault else 200)

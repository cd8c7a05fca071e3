"""Settings that may be chosen on the pages, for administrators."""

from collections.abc import Mapping
from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import WrongSettings
from buzon.web import setting_words
from buzon.web.context import Administrator, Context, Form, Language, Parts
from buzon.web.ports import User

router = APIRouter(prefix="/settings")

# Aliases and abbreviations are understood too, but nobody would look for them.
ZONES = sorted(zone for zone in available_timezones() if "/" in zone and zone[:4] != "Etc/")


@router.get("")
async def settings(
    parts: Parts,
    user: Administrator,
    language: Language,
    saved: Annotated[str, Query(max_length=1)] = "",
) -> Response:
    return await _page(parts, user, language, saved=bool(saved))


@router.post("")
async def choose(form: Form, parts: Parts, user: Administrator, language: Language) -> Response:
    """An empty field is the default."""
    typed = {name: form[name] for name in setting_words.NAMES if name in form}
    wanted = {name: setting_words.meant(name, text) for name, text in typed.items()}
    try:
        await parts.desk.choose(wanted, user.name)
    except WrongSettings as error:
        return await _page(parts, user, language, fault=error, typed=typed)
    return RedirectResponse("/settings?saved=1", 303)


async def _page(
    parts: Context,
    user: User,
    language: str,
    *,
    saved: bool = False,
    fault: WrongSettings | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    faults = fault.faults if fault else {}
    page = parts.render.page(
        language,
        "settings.html",
        user=user,
        status=await parts.desk.status(),
        settings={setting.name: setting for setting in await parts.desk.choosable()},
        fixed={setting.name: setting for setting in await parts.desk.fixed()},
        about=setting_words,
        zones=ZONES,
        saved=saved,
        fault=fault,
        faults={name: setting_words.fault(name, told) for name, told in faults.items()},
        typed=typed or {},
    )
    return HTMLResponse(page, fault.status if fault else 200)

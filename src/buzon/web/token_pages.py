"""Which programs may use the API, for administrators."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Invalid, RequestError
from buzon.store.tokens import SCOPES
from buzon.web.context import Administrator, Context, Form, Language, Parts
from buzon.web.language import _
from buzon.web.ports import User

router = APIRouter(prefix="/settings/tokens")

LIVES = (30, 90, 365)  # days that can be chosen, beside for ever
LONGEST_NAME = 80


@router.get("")
async def tokens(parts: Parts, user: Administrator, language: Language) -> Response:
    return await _page(parts, user, language)


@router.post("")
async def add(form: Form, parts: Parts, user: Administrator, language: Language) -> Response:
    """A new token, shown this once."""
    try:
        name, days = _name(form), _days(form)
        scopes = [scope for scope in SCOPES if scope in form.getlist("scope")]
        if not scopes:
            raise Invalid(_("The token would be good for nothing."), _("Choose what it may do."))
        if name in {token.name for token in await parts.desk.tokens()}:
            raise Invalid(_("There is a token of this name."), _("Choose another name."))
        token = await parts.desk.add_token(name, scopes, days, user.name)
    except Invalid as error:
        return await _page(parts, user, language, fault=error, name=form.get("name", ""))
    return await _page(parts, user, language, token=token, name=name)


@router.post("/revoke")
async def revoke(form: Form, parts: Parts, user: Administrator) -> Response:
    await parts.desk.revoke_token(form.get("name", ""), user.name)
    return RedirectResponse("/settings/tokens", 303)


def _name(form: Form) -> str:
    name = " ".join(form.get("name", "").split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(
            _("The token has no name, or one that is too long."), _("Say who will use it.")
        )
    return name


def _days(form: Form) -> int | None:
    """For how long; None for ever."""
    wanted = form.get("days", "")
    return next((days for days in LIVES if str(days) == wanted), None)


async def _page(
    parts: Context,
    user: User,
    language: str,
    *,
    fault: RequestError | None = None,
    token: str = "",
    name: str = "",
) -> Response:
    page = parts.render.page(
        language,
        "tokens.html",
        user=user,
        status=await parts.desk.status(),
        tokens=await parts.desk.tokens(),
        scopes=SCOPES,
        lives=LIVES,
        fault=fault,
        token=token,
        name=name,
    )
    return HTMLResponse(page, fault.status if fault else 200)

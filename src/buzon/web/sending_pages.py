"""Sending, for administrators: whether and how answers go out, trying it, beginning and ending."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from buzon.errors import Conflict, RequestError, WrongSettings
from buzon.mail.trial import Trial
from buzon.web import post_words, typed
from buzon.web.context import Administrator, Context, Form, Language, Parts
from buzon.web.language import _
from buzon.web.ports import User, Way
from buzon.web.post_pages import Name
from buzon.web.signing import SET_UP

router = APIRouter(prefix="/settings/sending")

PLACE = "/settings/sending"
PLAIN = ("smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_from", "smtp_auth")
FIELDS = (*PLAIN, "smtp_password")
SUBJECT = _("Buzón can send")
TEXT = _("This is the test mail that you asked for. Answers to customers can go out this way.")


@router.get("")
async def sending(
    request: Request,
    parts: Parts,
    user: Administrator,
    language: Language,
    preset: Name = "",
    first: bool = False,
) -> Response:
    fields = await _as_it_is(parts, await parts.desk.way())
    if preset in post_words.PROVIDERS:
        fields |= post_words.PROVIDERS[preset].smtp
    told = typed.of_address(request, PLAIN)
    return await show(parts, user, language, fields=fields | told, first=first, told=bool(told))


async def _as_it_is(parts: Context, way: Way) -> dict[str, str]:
    """The way that answers go; where there is none yet, what the first mailbox lets one guess."""
    if way.host:
        return {
            "smtp_host": way.host, "smtp_port": str(way.port or ""), "smtp_security": way.security,
            "smtp_user": way.user, "smtp_from": way.sender, "smtp_auth": way.auth,
        }  # fmt: skip
    box = next(iter(await parts.desk.boxes()), None)
    fields = dict(post_words.provider_of(box.host if box else "").smtp)
    if box:
        fields |= {"smtp_user": box.user, "smtp_from": box.user if "@" in box.user else ""}
        fields |= {"smtp_auth": box.auth}
    return fields


@router.post("")
async def send(
    form: Form, request: Request, parts: Parts, user: Administrator, language: Language
) -> Response:
    """Send a test mail to whoever asks; or answer customers this way from now on."""
    fields, first = {name: form.get(name, "") for name in FIELDS}, bool(form.get("first"))
    try:
        if form.get("do") == "save":
            await parts.desk.send_through(fields, user.name)
            return typed.leave_for(request, SET_UP if first else PLACE)
        say = parts.render.gettext(language)
        trial = await parts.desk.try_sending(fields, user.email, say(SUBJECT), say(TEXT))
    except (WrongSettings, Conflict) as error:
        return await show(parts, user, language, fields=fields, first=first, fault=error)
    return await show(parts, user, language, fields=fields, first=first, trial=trial)


@router.post("/stop")
async def stop(parts: Parts, user: Administrator) -> Response:
    await parts.desk.stop_sending(user.name)
    return RedirectResponse(PLACE, 303)


async def show(
    parts: Context,
    user: User,
    language: str,
    *,
    fields: Mapping[str, str] | None = None,
    first: bool = False,
    told: bool = False,
    fault: RequestError | None = None,
    trial: Trial | None = None,
) -> Response:
    """How it stands, and the form, as it was filled in (`told`: by the page's own address): with
    how trying it went, or what was wrong."""
    way = await parts.desk.way()
    if fields is None:
        fields = await _as_it_is(parts, way)
    page = parts.render.page(
        language,
        "sending.html",
        user=user,
        status=await parts.desk.status(),
        way=way,
        typed=fields,
        told=told,
        first=first,
        provider=post_words.provider_of(fields.get("smtp_host", "")),
        about=post_words,
        fault=fault,
        faults=typed.faults(fault),
        trial=trial,
    )
    return typed.shown_again(page, fault, f"{PLACE}{'?first=1' if first else ''}", fields, PLAIN)

"""Mailboxes and sending, for administrators: their state, trying them, adding and removing."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Conflict, NotFound, RequestError, WrongSettings
from buzon.mail.trial import Trial
from buzon.web import post_words, setting_words
from buzon.web.context import Administrator, Context, Form, Language, Parts
from buzon.web.language import _
from buzon.web.ports import User
from buzon.web.signing import SET_UP

router = APIRouter(prefix="/settings")

PLACE = "/settings/mailboxes"
BOX = ("name", "host", "port", "security", "user", "password", "folder", "after", "auth")
SENDING = (
    "smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password", "smtp_from",
    "smtp_auth",
)  # fmt: skip
USUAL = {"folder": "INBOX", "after": "none", "auth": "password"}
SUBJECT = _("Buzón can send")
TEXT = _("This is the test mail that you asked for. Answers to customers can go out this way.")

Name = Annotated[str, Query(max_length=200)]


@router.get("/mailboxes")
async def mailboxes(parts: Parts, user: Administrator, language: Language) -> Response:
    return await show_list(parts, user, language)


@router.post("/mailboxes/test")
async def test(form: Form, parts: Parts, user: Administrator, language: Language) -> Response:
    """Try one that is read."""
    name = form.get("name", "")
    trial = await parts.desk.try_box(name)
    return await show_list(parts, user, language, tried=name, trial=trial)


@router.post("/mailboxes/remove")
async def remove(form: Form, parts: Parts, user: Administrator) -> Response:
    await parts.desk.remove_box(form.get("name", ""), user.name)
    return RedirectResponse(PLACE, 303)


@router.get("/mailboxes/new")
async def new(
    parts: Parts,
    user: Administrator,
    language: Language,
    preset: Name = "other",
    first: bool = False,
) -> Response:
    chosen = preset if preset in post_words.PROVIDERS else "other"
    typed = USUAL | post_words.PROVIDERS[chosen].imap
    return await _box(parts, user, language, typed=typed, preset=chosen, first=first)


@router.get("/mailboxes/edit")
async def edit(parts: Parts, user: Administrator, language: Language, name: Name = "") -> Response:
    box = next((b for b in await parts.desk.boxes() if b.name == name and b.free), None)
    if box is None:
        raise NotFound(_("There is no such mailbox that was added here."))
    typed = {field: str(getattr(box, field, "")) for field in BOX}
    return await _box(parts, user, language, typed=typed, known=True)


@router.post("/mailboxes")
async def keep(form: Form, parts: Parts, user: Administrator, language: Language) -> Response:
    """Try it, and keep it if it works, or where somebody wants it all the same. With OAuth2 it is
    kept first: only then can somebody let us in."""
    typed, known = _typed_box(form), bool(form.get("known"))
    first, preset = bool(form.get("first")), form.get("preset", "")
    again = partial(
        _box, parts, user, language, typed=typed, known=known, first=first, preset=preset
    )
    trial, by_token = None, typed["auth"] == "oauth2"
    try:
        if form.get("after") == "move" and not typed["after"]:
            raise WrongSettings({"after": ("missing", "", 0)})
        if form.get("do") != "anyway" and not (by_token and form.get("do") == "save"):
            trial = await parts.desk.try_typed_box(typed)
        if trial is None or (trial.failed is None and form.get("do") == "save"):
            await parts.desk.keep_box(typed, user.name)
            return RedirectResponse(PLACE if by_token else _back(first), 303)
    except (WrongSettings, Conflict) as error:
        return await again(fault=error)
    return await again(trial=trial)


def _typed_box(form: Form) -> dict[str, str]:
    """By the names of config.Mailbox, whose `after` is a folder where mails are moved."""
    typed = {name: form.get(name, "") for name in BOX}
    moved = typed["after"] == "move"
    return typed | ({"after": form.get("after_folder", "").strip()} if moved else {})


def _provider(preset: str, host: str) -> post_words.Provider:
    """Whose server it is; where the name doesn't tell, whose somebody chose."""
    found = post_words.provider_of(host)
    return post_words.PROVIDERS.get(preset, found) if not found.hosts else found


def _back(first: bool) -> str:
    """Where somebody came from: the first time from the set-up."""
    return SET_UP if first else PLACE


@router.get("/sending")
async def sending(
    parts: Parts,
    user: Administrator,
    language: Language,
    preset: Name = "",
    first: bool = False,
) -> Response:
    way = await parts.desk.way()
    typed = {
        "smtp_host": way.host, "smtp_port": str(way.port or ""), "smtp_security": way.security,
        "smtp_user": way.user, "smtp_from": way.sender, "smtp_auth": way.auth,
    }  # fmt: skip
    if not way.host:
        typed |= await _as_the_mailbox(parts, preset)
    return await _sending(parts, user, language, typed=typed, first=first)


async def _as_the_mailbox(parts: Context, preset: str) -> dict[str, str]:
    """What the first mailbox lets one guess."""
    box = next(iter(await parts.desk.boxes()), None)
    provider = post_words.provider_of(box.host if box else "")
    typed = dict(post_words.PROVIDERS.get(preset, provider).smtp)
    if box:
        typed |= {"smtp_user": box.user, "smtp_from": box.user if "@" in box.user else ""}
        typed |= {"smtp_auth": box.auth}
    return typed


@router.post("/sending")
async def send(form: Form, parts: Parts, user: Administrator, language: Language) -> Response:
    """Send a test mail to whoever asks; or answer customers this way from now on."""
    typed, first = {name: form.get(name, "") for name in SENDING}, bool(form.get("first"))
    try:
        if form.get("do") == "save":
            await parts.desk.send_through(typed, user.name)
            return RedirectResponse(_back(first), 303)
        say = parts.render.gettext(language)
        trial = await parts.desk.try_sending(typed, user.email, say(SUBJECT), say(TEXT))
    except (WrongSettings, Conflict) as error:
        return await _sending(parts, user, language, typed=typed, first=first, fault=error)
    return await _sending(parts, user, language, typed=typed, first=first, trial=trial)


@router.post("/sending/stop")
async def stop(parts: Parts, user: Administrator) -> Response:
    await parts.desk.stop_sending(user.name)
    return RedirectResponse(PLACE, 303)


async def show_list(
    parts: Context,
    user: User,
    language: str,
    *,
    tried: str = "",
    trial: Trial | None = None,
    fault: RequestError | None = None,
) -> Response:
    """The mailboxes, with how trying one went, or what was wrong."""
    page = parts.render.page(
        language,
        "mailboxes.html",
        user=user,
        status=await parts.desk.status(),
        boxes=await parts.desk.boxes(),
        way=await parts.desk.way(),
        about=post_words,
        tried=tried,
        trial=trial,
        fault=fault,
    )
    return HTMLResponse(page, fault.status if fault else 200)


async def _box(
    parts: Context,
    user: User,
    language: str,
    *,
    typed: Mapping[str, str],
    known: bool = False,
    first: bool = False,
    preset: str = "",
    fault: RequestError | None = None,
    trial: Trial | None = None,
) -> Response:
    page = parts.render.page(
        language,
        "mailbox_edit.html",
        user=user,
        status=await parts.desk.status(),
        typed=typed,
        known=known,
        first=first,
        preset=preset,
        provider=_provider(preset, typed.get("host", "")),
        about=post_words,
        fault=fault,
        faults=_faults(fault),
        trial=trial,
    )
    return HTMLResponse(page, fault.status if fault else 200)


async def _sending(
    parts: Context,
    user: User,
    language: str,
    *,
    typed: Mapping[str, str],
    first: bool = False,
    fault: RequestError | None = None,
    trial: Trial | None = None,
) -> Response:
    page = parts.render.page(
        language,
        "sending.html",
        user=user,
        status=await parts.desk.status(),
        way=await parts.desk.way(),
        typed=typed,
        first=first,
        provider=post_words.provider_of(typed.get("smtp_host", "")),
        about=post_words,
        fault=fault,
        faults=_faults(fault),
        trial=trial,
    )
    return HTMLResponse(page, fault.status if fault else 200)


def _faults(fault: RequestError | None) -> dict[str, setting_words.Fault]:
    told = fault.faults if isinstance(fault, WrongSettings) else {}
    return {name: setting_words.fault(name, one) for name, one in told.items()}

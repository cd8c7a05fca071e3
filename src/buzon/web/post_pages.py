"""Mailboxes, for administrators: their state, trying them, adding and removing."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Conflict, NotFound, RequestError, WrongSettings
from buzon.mail.trial import Trial
from buzon.web import post_words, typed
from buzon.web.context import Administrator, Context, Form, Language, Parts
from buzon.web.language import _
from buzon.web.ports import User
from buzon.web.signing import SET_UP

router = APIRouter(prefix="/settings")

PLACE = "/settings/mailboxes"
PLAIN = ("name", "host", "port", "security", "user", "folder", "after", "auth")
BOX = (*PLAIN, "password")
USUAL = {"folder": "INBOX", "after": "none", "auth": "password"}

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
    request: Request,
    parts: Parts,
    user: Administrator,
    language: Language,
    preset: Name = "other",
    first: bool = False,
) -> Response:
    chosen = preset if preset in post_words.PROVIDERS else "other"
    told = typed.of_address(request, PLAIN)
    fields = USUAL | post_words.PROVIDERS[chosen].imap | told
    return await _box(
        parts, user, language, fields=fields, preset=chosen, first=first, told=bool(told)
    )


@router.get("/mailboxes/edit")
async def edit(
    request: Request, parts: Parts, user: Administrator, language: Language, name: Name = ""
) -> Response:
    box = next((b for b in await parts.desk.boxes() if b.name == name and b.free), None)
    if box is None:
        raise NotFound(_("There is no such mailbox that was added here."))
    fields = {field: str(getattr(box, field)) for field in PLAIN}
    told = typed.of_address(request, PLAIN)
    return await _box(parts, user, language, fields=fields | told, known=True, told=bool(told))


@router.post("/mailboxes")
async def keep(
    form: Form, request: Request, parts: Parts, user: Administrator, language: Language
) -> Response:
    """Try it, and keep it if it works, or where somebody wants it all the same. With OAuth2 it is
    kept first: only then can somebody let us in."""
    fields, known = _typed_box(form), bool(form.get("known"))
    first, preset = bool(form.get("first")), form.get("preset", "")
    again = partial(
        _box, parts, user, language, fields=fields, known=known, first=first, preset=preset
    )
    trial, by_token = None, fields["auth"] == "oauth2"
    try:
        if form.get("after") == "move" and not fields["after"]:
            raise WrongSettings({"after": ("missing", "", 0)})
        if form.get("do") != "anyway" and not (by_token and form.get("do") == "save"):
            trial = await parts.desk.try_typed_box(fields)
        if trial is None or (trial.failed is None and form.get("do") == "save"):
            await parts.desk.keep_box(fields, user.name)
            return typed.leave_for(request, SET_UP if first and not by_token else PLACE)
    except (WrongSettings, Conflict) as error:
        return await again(fault=error)
    return await again(trial=trial)


def _typed_box(form: Form) -> dict[str, str]:
    """By the names of config.Mailbox, whose `after` is a folder where mails are moved."""
    fields = {name: form.get(name, "") for name in BOX}
    moved = fields["after"] == "move"
    return fields | ({"after": form.get("after_folder", "").strip()} if moved else {})


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
    fields: Mapping[str, str],
    known: bool = False,
    first: bool = False,
    preset: str = "",
    told: bool = False,
    fault: RequestError | None = None,
    trial: Trial | None = None,
) -> Response:
    """The form of a mailbox; `told`: the page's own address filled it in."""
    page = parts.render.page(
        language,
        "mailbox_edit.html",
        user=user,
        status=await parts.desk.status(),
        typed=fields,
        told=told,
        known=known,
        first=first,
        preset=preset,
        provider=_provider(preset, fields.get("host", "")),
        about=post_words,
        fault=fault,
        faults=typed.faults(fault),
        trial=trial,
    )
    new = f"{PLACE}/new?preset={quote(preset)}{'&first=1' if first else ''}"
    place = f"{PLACE}/edit" if known else new
    return typed.shown_again(page, fault, place, fields, PLAIN)


def _provider(preset: str, host: str) -> post_words.Provider:
    """Whose server it is; where the name doesn't tell, whose somebody chose."""
    found = post_words.provider_of(host)
    return post_words.PROVIDERS.get(preset, found) if not found.hosts else found

"""What a person does to mails: says what they are, is done with them, and undoes either."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Invalid
from buzon.flow import Act, Which
from buzon.store.long_acts import LongAct
from buzon.web.context import Context, Language, Operator, Parts, form_of
from buzon.web.language import _
from buzon.web.pages import opened_mail
from buzon.web.view import LARGEST_ID, EventId, View, view_of_query

router = APIRouter()

Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Category = Annotated[str | None, Query(max_length=40)]


@router.post("/mails/{id}/label")
async def label(
    id: EventId,
    parts: Parts,
    user: Operator,
    language: Language,
    category: Category = None,
    was: Annotated[str, Query(max_length=40)] = "",
    hx_request: Annotated[bool, Header()] = False,
) -> Response:
    """Call a mail a category, or without one take back what it was called. `was`: what it is called
    as far as the person knows."""
    act = await parts.desk.correct(id, category, was or None, user.name)
    if not hx_request:
        return RedirectResponse(f"/mails/{id}", 303)
    mail = await opened_mail(parts, user, language, id, View())
    return HTMLResponse(mail + await _toast(parts, language, "label", act, category, id))


@router.post("/mails/label")
async def label_many(
    request: Request, parts: Parts, user: Operator, language: Language, category: Category = None
) -> Response:
    """Call those that are selected a category, or all of the list."""
    form = await form_of(request)
    seen_at = _moment(form.get("seen_at", ""))
    act = await parts.desk.correct_all(_selected(parts, form), category, seen_at, user.name)
    return HTMLResponse(await _toast(parts, language, "label", act, category))


@router.post("/mails/done")
async def settle_many(
    request: Request, parts: Parts, user: Operator, language: Language
) -> Response:
    """Be done with those that are selected, or all of the list."""
    form = await form_of(request)
    seen_at = _moment(form.get("seen_at", ""))
    act = await parts.desk.settle(_selected(parts, form), seen_at, user.name)
    return HTMLResponse(await _toast(parts, language, "settle", act))


@router.post("/mails/{id}/done")
async def settle(
    id: EventId,
    parts: Parts,
    user: Operator,
    language: Language,
    hx_request: Annotated[bool, Header()] = False,
) -> Response:
    act = await parts.desk.settle([id], datetime.now(UTC), user.name)
    if not hx_request:
        return RedirectResponse(f"/mails/{id}", 303)
    mail = await opened_mail(parts, user, language, id, View())
    return HTMLResponse(mail + await _toast(parts, language, "settle", act, mail=id))


@router.post("/mails/{id}/reopen")
async def reopen(
    id: EventId,
    parts: Parts,
    user: Operator,
    language: Language,
    hx_request: Annotated[bool, Header()] = False,
) -> Response:
    await parts.desk.reopen(id)
    if not hx_request:
        return RedirectResponse(f"/mails/{id}", 303)
    return HTMLResponse(await opened_mail(parts, user, language, id, View()))


@router.post("/acts/{number}/undo")
async def undo(number: Number, parts: Parts, user: Operator, language: Language) -> Response:
    act = await parts.desk.undo(number, user.name)
    return HTMLResponse(await _toast(parts, language, "undo", act))


@router.get("/acts/{number}")
async def act(number: Number, parts: Parts, user: Operator, language: Language) -> Response:
    """How far it is: asked by a page as long as it is under way."""
    long = await parts.desk.long_act(number, user.name)
    return HTMLResponse(await _toast(parts, language, long.kind, long, long.category))


def _moment(text: str) -> datetime:
    """Raises Invalid for what is no moment, or has no time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("This address makes no sense.")) from error
    if moment.tzinfo is None:
        raise Invalid(_("This address makes no sense."))
    return moment


def _selected(parts: Context, form: Mapping[str, str]) -> Which:
    """The mails that a form names one by one (`ids`), or all of a list (`all`: its address)."""
    if "all" in form:
        return view_of_query(form["all"]).wanted(parts.render.zone)
    ids = form.get("ids", "").split(",")
    if not all(id.isascii() and id.isdigit() and len(id) < 19 for id in ids):
        raise Invalid(_("No mail is selected."), _("Select some, and try again."))
    return list(map(int, ids))


async def _toast(
    parts: Context,
    language: str,
    what: str,
    act: Act | LongAct,
    category: str | None = None,
    mail: int | None = None,
) -> str:
    categories = await parts.desk.categories()
    return parts.render.page(
        language,
        "toast.html",
        categories=categories,
        what=what,
        act=act,
        category=category,
        mail=mail,
    )

"""The mails that could not become an event: what they are, handing them in anew, deleting them."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Conflict, Invalid, NotFound
from buzon.flow import may_be_tried
from buzon.web.context import Administrator, Context, Form, Language, Operator, Parts, SignedIn
from buzon.web.downloads import MAIL, download
from buzon.web.language import _
from buzon.web.letters import as_it_came
from buzon.web.ports import User
from buzon.web.view import LARGEST_ID

router = APIRouter(prefix="/quarantine")

PAGE_SIZE = 50  # mails
ID = re.compile(r"[1-9][0-9]{0,17}")
NOT_THERE = _("There is no such mail in quarantine.")
TAKEN_OUT = _("Perhaps somebody has handed it in anew, or deleted it, meanwhile.")
# What else flow.quarantine refuses.
PROBLEMS = (
    _("The mail server did not hand this mail out, so there is nothing to hand in."),
    _("It is still in its mailbox: look at it there."),
    _("This line of a file is no mail, so there is nothing to hand in."),
    _("Correct the line in its file, import that, and delete this one."),
)

ParkedId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("")
async def quarantine(
    parts: Parts,
    user: SignedIn,
    language: Language,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    return await _page(parts, user, language, before)


@router.get("/{id}/source")
async def source(id: ParkedId, parts: Parts, user: Operator, language: Language) -> Response:
    """The mail as it came, its headers decoded first."""
    content = await _content(parts, id)
    page = parts.render.page(
        language,
        "source.html",
        user=user,
        status=await parts.desk.status(),
        title="",
        back="/quarantine",
        back_to=_("To the quarantine"),
        file=f"/quarantine/{id}/source.eml",
        place="outbox",
        **as_it_came(content),
    )
    return HTMLResponse(page)


@router.get("/{id}/source.eml")
async def source_file(id: ParkedId, parts: Parts, _user: Operator) -> Response:
    """The mail as it came, to be saved."""
    return download(f"parked-{id}.eml", MAIL, await _content(parts, id))


@router.post("/{id}/try-again")
async def try_again(id: ParkedId, parts: Parts, user: Operator, language: Language) -> Response:
    """Hand the mail in anew; it is opened when it could be stored."""
    try:
        event_id = await parts.desk.try_again(id, user.name)
    except NotFound as error:
        raise NotFound(NOT_THERE, TAKEN_OUT) from error
    except Conflict as error:
        return await _page(parts, user, language, None, refused=error.what)
    return RedirectResponse(f"/mails/{event_id}", 303)


@router.post("/delete")
async def delete(form: Form, parts: Parts, user: Administrator) -> Response:
    """Those that were selected; some may be gone already. One stays on the same page of them."""
    ids = [int(id) for id in form.getlist("id") if ID.fullmatch(id)]
    if not ids:
        raise Invalid(_("No mail is selected."), _("Select some, and try again."))
    try:
        await parts.desk.delete_parked(ids, user.name)
    except NotFound as error:
        raise NotFound(NOT_THERE, TAKEN_OUT) from error
    before = form.get("before", "")
    page = f"?before={before}" if ID.fullmatch(before) else ""
    return RedirectResponse(f"/quarantine{page}", 303)


async def _content(parts: Context, id: int) -> bytes:
    found = await parts.desk.parked(id)
    if found is None:
        raise NotFound(NOT_THERE, TAKEN_OUT)
    return found[1]


async def _page(
    parts: Context, user: User, language: str, before: int | None, refused: str = ""
) -> Response:
    found = await parts.desk.quarantine(PAGE_SIZE + 1, before)
    page = parts.render.page(
        language,
        "quarantine.html",
        user=user,
        status=await parts.desk.status(),
        parked=found[:PAGE_SIZE],
        older=len(found) > PAGE_SIZE,
        before=before,
        refused=refused,
        may_be_tried=may_be_tried,
    )
    return HTMLResponse(page, 409 if refused else 200)

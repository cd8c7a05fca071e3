"""Who is told by HTTP of what happens here, for administrators."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Conflict, RequestError, TextRefused
from buzon.store.webhook_deliveries import STATUSES, Delivery, Tally
from buzon.store.webhooks import CONTENTS, KINDS, Wanted, Webhook
from buzon.web import webhook_words
from buzon.web.context import Administrator, Context, Form, Language, Parts
from buzon.web.ports import User
from buzon.web.view import LARGEST_ID

router = APIRouter(prefix="/settings/webhooks")

PLACE = "/settings/webhooks"
PAGE_SIZE = 30  # deliveries
NEW = Wanted(name="", url="", kinds=("event.stored",))

Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("")
async def webhooks(parts: Parts, user: Administrator, language: Language) -> Response:
    page = parts.render.page(
        language,
        "webhooks.html",
        user=user,
        status=await parts.desk.status(),
        webhooks=await parts.desk.webhooks(),
        tallies=await parts.desk.tallies(),
        untold=Tally(),
        about=webhook_words,
    )
    return HTMLResponse(page)


@router.get("/new")
async def new(parts: Parts, user: Administrator, language: Language) -> Response:
    return await _form(parts, user, language, NEW)


@router.post("")
async def add(form: Form, parts: Parts, user: Administrator, language: Language) -> Response:
    """A webhook more; its secret is shown this once."""
    wanted = _wanted(form)
    try:
        id, secret = await parts.desk.add_webhook(wanted, user.name)
    except TextRefused as error:
        return await _form(parts, user, language, wanted, fault=error)
    return await _one(parts, user, language, id, Shown(secret=secret))


@router.get("/{id}")
async def webhook(
    id: Id,
    parts: Parts,
    user: Administrator,
    language: Language,
    state: str = "",
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    """One webhook, with what it was told."""
    return await _one(parts, user, language, id, Shown(state=state, before=before))


@router.get("/{id}/edit")
async def edit(id: Id, parts: Parts, user: Administrator, language: Language) -> Response:
    known = await parts.desk.webhook(id)
    wanted = Wanted(known.name, known.url, known.kinds, known.content)
    return await _form(parts, user, language, wanted, known=known)


@router.post("/{id}")
async def change(
    id: Id, form: Form, parts: Parts, user: Administrator, language: Language
) -> Response:
    wanted, known = _wanted(form), await parts.desk.webhook(id)
    try:
        await parts.desk.change_webhook(id, wanted, user.name)
    except TextRefused as error:
        return await _form(parts, user, language, wanted, known=known, fault=error)
    return RedirectResponse(f"{PLACE}/{id}", 303)


@router.post("/{id}/secret")
async def secret(id: Id, parts: Parts, user: Administrator, language: Language) -> Response:
    """Another secret, shown this once."""
    made = await parts.desk.new_webhook_secret(id, user.name)
    return await _one(parts, user, language, id, Shown(secret=made))


@router.post("/{id}/switch")
async def switch(id: Id, form: Form, parts: Parts, user: Administrator) -> Response:
    await parts.desk.switch_webhook(id, form.get("on") == "1", user.name)
    return RedirectResponse(f"{PLACE}/{id}", 303)


@router.post("/{id}/remove")
async def remove(id: Id, parts: Parts, user: Administrator) -> Response:
    await parts.desk.remove_webhook(id, user.name)
    return RedirectResponse(PLACE, 303)


@router.post("/{id}/test")
async def test(id: Id, parts: Parts, user: Administrator, language: Language) -> Response:
    """Send it a test, and show what came back."""
    tried = await parts.desk.test_webhook(id)
    return await _one(parts, user, language, id, Shown(tried=tried))


@router.post("/{id}/deliveries/{number}/again")
async def again(
    id: Id, number: Id, parts: Parts, user: Administrator, language: Language
) -> Response:
    try:
        await parts.desk.send_again(id, number)
    except Conflict as error:
        return await _one(parts, user, language, id, Shown(fault=error))
    return RedirectResponse(f"{PLACE}/{id}", 303)


def _wanted(form: Form) -> Wanted:
    chosen = form.getlist("kind")
    return Wanted(
        name=" ".join(form.get("name", "").split()),
        url=form.get("url", "").strip(),
        kinds=tuple(kind for kind in KINDS if kind in chosen),
        content=next((c for c in CONTENTS if c == form.get("content")), NEW.content),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of one webhook beside what it is."""

    secret: str = ""
    tried: Delivery | None = None
    fault: RequestError | None = None
    state: str = ""
    before: int | None = None


async def _one(parts: Context, user: User, language: str, id: int, shown: Shown) -> Response:
    state = next((one for one in STATUSES if one == shown.state), None)
    known = await parts.desk.webhook(id)
    found = await parts.desk.deliveries(id, PAGE_SIZE + 1, shown.before, state)
    page = parts.render.page(
        language,
        "webhook.html",
        user=user,
        status=await parts.desk.status(),
        webhook=known,
        tally=(await parts.desk.tallies()).get(id, Tally()),
        deliveries=found[:PAGE_SIZE],
        older=len(found) > PAGE_SIZE,
        state=state or "",
        shown=shown,
        about=webhook_words,
    )
    return HTMLResponse(page, shown.fault.status if shown.fault else 200)


async def _form(
    parts: Context,
    user: User,
    language: str,
    wanted: Wanted,
    *,
    known: Webhook | None = None,
    fault: RequestError | None = None,
) -> Response:
    page = parts.render.page(
        language,
        "webhook_edit.html",
        user=user,
        status=await parts.desk.status(),
        wanted=wanted,
        known=known,
        fault=fault,
        about=webhook_words,
    )
    return HTMLResponse(page, fault.status if fault else 200)

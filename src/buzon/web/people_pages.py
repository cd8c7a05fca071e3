"""Who may look at the pages, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import Conflict, Invalid, RequestError
from buzon.store.users import ROLES, Role
from buzon.web.context import Administrator, Context, Form, Language, Parts, Session
from buzon.web.just_done import NOTHING, JustDone, Telling
from buzon.web.language import _
from buzon.web.ports import User

router = APIRouter(prefix="/settings/people")

LARGEST_ID = 2**63 - 1
UserId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
SessionId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("")
async def people(
    parts: Parts, user: Administrator, language: Language, telling: Telling
) -> Response:
    return await _page(parts, user, language, telling)


@router.post("")
async def add(
    form: Form, parts: Parts, user: Administrator, language: Language, request: Request
) -> Response:
    """Let somebody in; their one-time link is shown this once."""
    email, name = form.get("email", ""), form.get("name", "")
    try:
        secret = await parts.desk.add_person(email, name, _role(form), user.name)
    except Invalid as error:
        return await _page(parts, user, language, fault=error, email=email, name=name)
    return await _page(parts, user, language, link=_link(parts, request, secret), whose=name)


@router.post("/{id}/link")
async def link(
    id: UserId, parts: Parts, user: Administrator, language: Language, request: Request
) -> Response:
    """A new link, for who has lost the password or the first one."""
    try:
        whose, secret = await parts.desk.new_link(id, user.name)
    except Conflict as error:
        return await _page(parts, user, language, fault=error)
    return await _page(parts, user, language, link=_link(parts, request, secret), whose=whose.name)


@router.post("/{id}/role")
async def role(
    id: UserId,
    parts: Parts,
    user: Administrator,
    language: Language,
    form: Form,
    telling: Telling,
) -> Response:
    before, role = await parts.desk.person(id), _role(form)
    if role == before.role:
        return RedirectResponse("/settings/people", 303)
    try:
        await parts.desk.give_role(id, role, user.name)
    except Conflict as error:
        return await _page(parts, user, language, fault=error)
    return telling.on_to(
        "/settings/people", "given", id=str(id), name=before.name, role=role, before=before.role
    )


@router.post("/{id}/disable")
async def disable(
    id: UserId, parts: Parts, user: Administrator, language: Language, telling: Telling
) -> Response:
    try:
        await parts.desk.disable(id, user.name)
    except Conflict as error:
        return await _page(parts, user, language, fault=error)
    name = (await parts.desk.person(id)).name
    return telling.on_to("/settings/people", "disabled", id=str(id), name=name)


@router.post("/{id}/enable")
async def enable(id: UserId, parts: Parts, user: Administrator) -> Response:
    await parts.desk.enable(id, user.name)
    return RedirectResponse("/settings/people", 303)


@router.post("/{id}/disconnect")
async def disconnect(id: UserId, parts: Parts, user: Administrator) -> Response:
    """Of an account elsewhere, so that they can come with another one."""
    await parts.desk.disconnect(id, user.name)
    return RedirectResponse("/settings/people", 303)


@router.get("/{id}/sessions")
async def sessions(
    id: UserId, parts: Parts, user: Administrator, session: Session, language: Language
) -> Response:
    """Where somebody is signed in."""
    whose = await parts.desk.person(id)
    page = parts.render.page(
        language,
        "sessions.html",
        user=user,
        status=await parts.desk.status(),
        whose=whose,
        sessions=await parts.desk.sessions(whose, session),
    )
    return HTMLResponse(page)


@router.post("/{id}/sessions/end")
async def end_all(id: UserId, parts: Parts, user: Administrator) -> Response:
    await parts.desk.sign_somebody_out(id, None, user.name)
    return RedirectResponse(f"/settings/people/{id}/sessions", 303)


@router.post("/{id}/sessions/{session}/end")
async def end(id: UserId, session: SessionId, parts: Parts, user: Administrator) -> Response:
    await parts.desk.sign_somebody_out(id, session, user.name)
    return RedirectResponse(f"/settings/people/{id}/sessions", 303)


def _role(form: Form) -> Role:
    for role in ROLES:
        if form.get("role") == role:
            return role
    raise Invalid(_("There is no such role."))


def _link(parts: Context, request: Request, secret: str) -> str:
    return f"{parts.address or str(request.base_url).rstrip('/')}/sign-in/{secret}"


async def _page(
    parts: Context,
    user: User,
    language: str,
    telling: JustDone = NOTHING,
    *,
    fault: RequestError | None = None,
    link: str = "",
    whose: str = "",
    email: str = "",
    name: str = "",
) -> Response:
    page = parts.render.page(
        language,
        "people.html",
        user=user,
        status=await parts.desk.status(),
        people=await parts.desk.people(),
        provider=parts.desk.provider(),
        connected=await parts.desk.connected(),
        signed_in=await parts.desk.signed_in(),
        roles=ROLES,
        fault=fault,
        link=link,
        whose=whose,
        email=email,
        name=name,
        done=telling.told,
    )
    return telling.page(page, fault.status if fault else 200)

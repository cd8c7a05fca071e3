"""Lists that somebody comes back to, by name."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from buzon.errors import Invalid
from buzon.web.context import Parts, SignedIn, form_of
from buzon.web.just_done import Telling
from buzon.web.language import _
from buzon.web.view import LARGEST_ID, view_of_query

router = APIRouter(prefix="/views")

MOST_NAME = 40  # characters


@router.post("")
async def save(request: Request, parts: Parts, user: SignedIn) -> Response:
    form = await form_of(request)
    name, view = form.get("name", "").strip(), view_of_query(form.get("query", "")).newest
    if not name or len(name) > MOST_NAME:
        raise Invalid(_("A view needs a name of at most 40 letters."), _("Give it one."))
    await parts.desk.save_view(user, name, view.query)
    return RedirectResponse(f"/{view.query}", 303)


@router.post("/{id}/remove")
async def remove(
    id: Annotated[int, Path(ge=1, le=LARGEST_ID)], parts: Parts, user: SignedIn, telling: Telling
) -> Response:
    views = [view for view in await parts.desk.saved_views(user) if view.id == id]
    await parts.desk.remove_view(user, id)
    if not views:
        return RedirectResponse("/", 303)
    return telling.on_to("/", "forgotten", name=views[0].name, query=views[0].query)

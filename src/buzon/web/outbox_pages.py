"""The automatic answers, by what became of them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from buzon.records import ReplyStatus
from buzon.web.context import Language, Parts, SignedIn
from buzon.web.language import _
from buzon.web.view import LARGEST_ID

router = APIRouter(prefix="/outbox")

PAGE_SIZE = 50  # answers

State = Literal["all", "waiting", "held", "failed", "kept", "sent", "handed"]
STATES: dict[State, tuple[str, tuple[ReplyStatus, ...]]] = {
    "all": (_("All of them"), ()),
    "waiting": (_("Waiting"), ("queued", "sending")),
    "held": (_("Held back"), ("held",)),
    "failed": (_("Failed"), ("failed",)),
    "kept": (_("Kept unsent"), ("kept",)),
    "sent": (_("Sent"), ("sent",)),
    "handed": (_("Handed out"), ("handed",)),
}


@router.get("")
async def outbox(
    parts: Parts,
    user: SignedIn,
    language: Language,
    state: State = "all",
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    _title, statuses = STATES[state]
    found = await parts.desk.outbox(PAGE_SIZE + 1, before, statuses)
    page = parts.render.page(
        language,
        "outbox.html",
        user=user,
        status=await parts.desk.status(),
        replies=found[:PAGE_SIZE],
        older=len(found) > PAGE_SIZE,
        before=before,
        state=state,
        states={name: title for name, (title, _statuses) in STATES.items()},
        replies_per_hour=parts.desk.replies_per_hour,
    )
    return HTMLResponse(page)

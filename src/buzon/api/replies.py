"""The external sender's part: it is handed replies that are due, and reports what came of them."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from buzon.api.context import Context, EventId, Parts, Sender
from buzon.api.described import answers
from buzon.api.shapes import EventPage, Text, event_out
from buzon.errors import Invalid, NotFound, NotHandedOut
from buzon.flow import hand_out, report
from buzon.records import ReplyStatus
from buzon.store.filters import Filter

router = APIRouter(tags=["replies"])


class Report(BaseModel):
    """What became of a reply that was handed out. `attempts`: the number that came with it; a
    failure of an earlier hand-out is then not taken for one of the present."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"status": "sent", "attempts": 1},
                {"status": "failed", "error": "451 4.3.0 Try again later", "attempts": 1},
            ]
        }
    )

    status: Literal["sent", "failed"]
    error: Text = Field("", description="Of any length; the first 1,000 characters are kept.")
    attempts: int | None = Field(None, ge=1)
    message_id: str = Field(
        "",
        pattern=r"^(<?[!-;=?-~]{1,300}>?)?$",
        description="Under which it went out, if not the one that came with it: whoever answers"
        " to that is then known to be in this conversation.",
    )


class Reported(BaseModel):
    """How it stands with the reply now. `queued`: it is handed out again from `again_at` on."""

    event_id: int = Field(description="The event's number.")
    status: ReplyStatus = Field(description="What the reply is now.")
    attempts: int = Field(description="How often it was handed out.")
    detail: str = Field(description="What was reported last.")
    sent_at: datetime | None = Field(description="When it was sent.")
    again_at: datetime | None


@router.put("/events/{id}/reply", responses=answers(NotFound, NotHandedOut))
async def put_reply(id: EventId, told: Report, parts: Parts, caller: Sender) -> Reported:
    """Report what became of a reply that was handed out by `/classify`, `/messages` or
    `/events?reply=stale`. What failed is handed out again after a pause, ten times at most. The
    same report twice changes nothing."""
    event = await report(
        parts.flow,
        id,
        told.status,
        error=told.error,
        attempts=told.attempts,
        message_id=told.message_id.strip("<>"),
        by=caller,
    )
    reply = event.reply
    assert reply is not None  # noqa: S101 - it was reported
    return Reported(
        event_id=id,
        status=reply.status,
        attempts=reply.attempts,
        detail=reply.detail,
        sent_at=reply.sent_at,
        again_at=reply.due_at if reply.status == "queued" else None,
    )


async def hand_out_stale(parts: Context, wanted: Filter, limit: int) -> EventPage:
    """Raises Invalid where more than a mailbox is asked for: what is listed is handed out, so
    nothing that is due may be left out."""
    if others := sorted(wanted.asked.keys() - {"mailbox", "reply"}):
        raise Invalid(
            f"reply=stale can't be asked for together with {', '.join(others)}.",
            "It takes `mailbox` and `limit` alone.",
        )
    found = await hand_out(parts.flow, limit, wanted.mailbox)
    return EventPage(items=[event_out(event, handed=True) for event in found], next=None)

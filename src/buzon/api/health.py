"""How the service is."""

from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from buzon.api.context import Parts
from buzon.errors import DatabaseError
from buzon.store import mailbox_states, outbox

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[Literal["status"], str]:
    """The process is alive."""
    return {"status": "ok"}


class Readiness(BaseModel):
    status: Literal["ready", "not ready"] = Field(description="Whether mails can be taken.")
    faults: list[str] = Field(description="What is not well.")
    mailbox_ages: list[float] = Field(
        description="Seconds since each mailbox was last looked into, by name; names are not told."
    )
    outbox_age: float = Field(
        description="Seconds since the answer that waits longest was let go; 0 where none waits."
    )


@router.get(
    "/readyz",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "What is not well."}},
)
async def readyz(parts: Parts) -> Response:
    """Mails can be taken: the database answers, and every mailbox is read. Anybody may ask, so
    only what is not well is told here; the page and `buzon check` tell why."""
    faults = list(parts.ready())
    ages, waits = list[float](), 0.0
    try:
        async with parts.db.transaction() as db:
            ages, waits = await mailbox_states.ages(db), await outbox.oldest_due(db)
    except DatabaseError:
        faults.insert(0, "The database is not available.")
    told = Readiness(
        status="not ready" if faults else "ready",
        faults=faults,
        mailbox_ages=ages,
        outbox_age=waits,
    )
    return JSONResponse(told.model_dump(), 503 if faults else 200)

"""How the service is."""

from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from buzon.api.context import Parts
from buzon.errors import DatabaseError

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[Literal["status"], str]:
    """The process is alive."""
    return {"status": "ok"}


class Readiness(BaseModel):
    status: Literal["ready", "not ready"]
    faults: list[str]


@router.get(
    "/readyz",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "What is not well."}},
)
async def readyz(parts: Parts) -> Response:
    """Mails can be taken: the database answers, and every mailbox is read. Anybody may ask, so
    only what is not well is told here; the page and `buzon check` tell why."""
    faults = list(parts.ready())
    try:
        async with parts.db.transaction() as db:
            await db.execute("SELECT 1")
    except DatabaseError:
        faults.insert(0, "The database is not available.")
    status = "not ready" if faults else "ready"
    return JSONResponse({"status": status, "faults": faults}, 503 if faults else 200)

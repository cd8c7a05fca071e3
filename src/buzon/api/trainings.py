"""Trainings: asked for, and what came of them."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from buzon.api.context import LARGEST_ID, Admin, Context, Parts, Reader
from buzon.api.described import answers
from buzon.flow import ask_for_training
from buzon.store import models, trainings
from buzon.store.trainings import Training

router = APIRouter(tags=["learning"])

WAIT_STEP = 0.25  # seconds
LONGEST_WAIT = 900.0  # seconds


class TrainingOut(BaseModel):
    """How far a training is, and what came of it."""

    job_id: int
    state: str
    share: float
    step: str
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None
    promoted: bool | None
    version: str | None
    why: str
    metrics: dict[str, Any] | None = None
    previous_metrics: dict[str, Any] | None = None
    trained_on: dict[str, Any] | None = None


@router.post(
    "/retrain",
    status_code=202,
    responses={200: {"model": TrainingOut, "description": "It has ended."}, **answers(409)},
)
async def retrain(
    response: Response, parts: Parts, caller: Admin, wait: Annotated[bool, Query()] = False
) -> TrainingOut:
    """Train a model from all labels, and put it to work if it is no worse. With `wait=true` the
    answer comes when that is done."""
    id = await ask_for_training(parts.db, parts.flow.queue, caller)
    training = await _ended(parts, id) if wait else await _training(parts, id)
    if not training.open:
        response.status_code = 200
    return await _outcome(parts, training)


@router.get("/retrain/{job_id}", responses=answers(404))
async def training(
    job_id: Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[1])], parts: Parts, _caller: Reader
) -> TrainingOut:
    """How far a training is, and what came of it."""
    return await _outcome(parts, await _training(parts, job_id))


async def _ended(parts: Context, id: int) -> Training:
    """The training when it has ended, or after LONGEST_WAIT as it is then: no worker may be there
    to do it."""
    for _ in range(int(LONGEST_WAIT / WAIT_STEP)):
        found = await _training(parts, id)
        if not found.open:
            return found
        await asyncio.sleep(WAIT_STEP)
    return found


async def _training(parts: Context, id: int) -> Training:
    async with parts.db.transaction() as db:
        return await trainings.get(db, id)


async def _outcome(parts: Context, training: Training) -> TrainingOut:
    out = TrainingOut(
        job_id=training.id,
        state=training.state,
        share=training.share,
        step=training.step,
        asked_by=training.asked_by,
        asked_at=training.asked_at,
        finished_at=training.finished_at,
        promoted=training.promoted,
        version=training.version,
        why=training.why,
    )
    if training.version is None:
        return out
    async with parts.db.transaction() as db:
        report = await models.report(db, training.version)
    return out.model_copy(
        update={
            "metrics": report["metrics"],
            "previous_metrics": report["previous_metrics"],
            "trained_on": report["trained_on"],
        }
    )

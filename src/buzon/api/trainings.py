"""Trainings: asked for, and what came of them."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from buzon.api.context import LARGEST_ID, Admin, Context, Parts, Reader
from buzon.api.described import answers
from buzon.errors import NotFound, TrainingUnderWay
from buzon.flow import ask_for_training
from buzon.store import models, trainings
from buzon.store.trainings import Training

router = APIRouter(tags=["learning"])

WAIT_STEP = 0.25  # seconds
LONGEST_WAIT = 900.0  # seconds


class TrainingOut(BaseModel):
    """How far a training is, and what came of it."""

    job_id: int = Field(description="Its number.")
    state: str = Field(description="waiting, running, done or failed.")
    share: float = Field(description="How much of it is done, 0 to 1.")
    step: str = Field(description="What is being done.")
    asked_by: str = Field(description="Who wanted it.")
    asked_at: datetime = Field(description="When that was.")
    finished_at: datetime | None = Field(description="Null while it is under way.")
    promoted: bool | None = Field(description="Whether its model was put to work; null until then.")
    version: str | None = Field(description="The model that came of it.")
    why: str = Field(description="Why it was put to work or not, or what failed.")
    metrics: dict[str, Any] | None = Field(None, description="How good that model is.")
    previous_metrics: dict[str, Any] | None = Field(
        None,
        description="How good the one before was on what it had learnt from; `why` compares the "
        "two on the same mails.",
    )
    own_metrics: dict[str, Any] | None = Field(
        None, description="The same on your own labelled mails alone, where there are some."
    )
    trained_on: dict[str, Any] | None = Field(
        None, description="How many examples it learnt from, by origin."
    )


@router.post(
    "/retrain",
    status_code=202,
    responses={
        200: {"model": TrainingOut, "description": "It has ended."},
        **answers(TrainingUnderWay),
    },
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


@router.get("/retrain/{job_id}", responses=answers(NotFound))
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
            "own_metrics": report.get("own_metrics"),  # a version from before has none
            "trained_on": report["trained_on"],
        }
    )

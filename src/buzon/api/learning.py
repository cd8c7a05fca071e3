"""What people say of mails, and the models that come of it."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from buzon.api.context import LARGEST_ID, Admin, Context, Parts, Reader, Writer
from buzon.errors import NotFound
from buzon.flow import ask_for_training, explain, label, promote
from buzon.store import labels, models, scores, trainings
from buzon.store.models import Model
from buzon.store.trainings import Training

router = APIRouter()

MOST_LABELS = 10_000
WAIT_STEP = 0.25  # seconds
LONGEST_WAIT = 900.0  # seconds

EventId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Version = Annotated[str, Path(max_length=100)]


class Label(BaseModel):
    """What a mail really is; null takes the label back."""

    model_config = ConfigDict(json_schema_extra={"example": {"true_label": "incidencia"}})

    true_label: str | None = Field(max_length=40)


class Labels(Label):
    model_config = ConfigDict(
        json_schema_extra={"example": {"ids": [17, 18], "true_label": "incidencia"}}
    )

    ids: list[Annotated[int, Field(ge=1, le=LARGEST_ID)]] = Field(
        min_length=1, max_length=MOST_LABELS
    )


class Labelled(BaseModel):
    labelled: int


class PhraseOut(BaseModel):
    """The words from `start` to `end` of the event's subject or body, and how much they speak for
    the category; against it where `weight` is negative."""

    field: Literal["subject", "body"]
    start: int
    end: int
    text: str
    weight: float


class ExplanationOut(BaseModel):
    """Why the model at work prefers `category` to `runner_up`: the weights of the phrases and
    `rest`, which no words can be named for, add up to `margin`."""

    event_id: int
    model_version: str = Field(description="The model that explains: the one at work.")
    scored_by: str = Field(description="The model whose word the event bears.")
    category: str
    runner_up: str
    margin: float
    rest: float
    phrases: list[PhraseOut]


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


class ModelOut(BaseModel):
    """A version. `parent`: the version at work when it was trained."""

    version: str
    at_work: bool
    created_at: datetime
    promoted_at: datetime | None
    parent: str | None
    asked_by: str
    why: str
    examples: int
    metrics: dict[str, Any]


class ModelList(BaseModel):
    items: list[ModelOut]


@router.put("/events/{id}/label", response_model=Labelled, tags=["learning"])
async def put_label(id: EventId, wanted: Label, parts: Parts, caller: Writer) -> Labelled:
    """Say what a mail really is."""
    return Labelled(labelled=await label(parts.db, [id], wanted.true_label, caller))


@router.post("/events/labels", response_model=Labelled, tags=["learning"])
async def put_labels(wanted: Labels, parts: Parts, caller: Writer) -> Labelled:
    """Say of many mails at once what they really are: all of them, or where one is wrong, none."""
    return Labelled(labelled=await label(parts.db, wanted.ids, wanted.true_label, caller))


@router.get("/events/{id}/history", tags=["learning"])
async def history(id: EventId, parts: Parts, _caller: Reader) -> dict[str, list[dict[str, Any]]]:
    """What people called a mail, and what each model said of it, the oldest first."""
    async with parts.db.transaction() as db:
        said = await scores.history(db, id)
        called = await labels.history(db, id)
    if not said:
        raise NotFound(f"There is no event {id}.")
    return {
        "labels": [
            {"at": c.at, "by": c.by, "source": c.source, "was": c.was, "becomes": c.becomes,
             "predicted": c.predicted}
            for c in called
        ],
        "predictions": [
            {"at": s.at, "model_version": s.model_version, "category": s.category,
             "confidence": s.confidence}
            for s in said
        ],
    }  # fmt: skip


@router.get("/events/{id}/explanation", response_model=ExplanationOut, tags=["learning"])
async def explanation(id: EventId, parts: Parts, _caller: Reader) -> ExplanationOut:
    """Which words of a mail speak for its category, in the order of the text."""
    explained = await explain(parts.flow, id)
    return ExplanationOut(
        event_id=id,
        model_version=explained.model_version,
        scored_by=explained.event.model_version,
        **asdict(explained.explanation),
    )


@router.post("/retrain", response_model=TrainingOut, status_code=202, tags=["learning"])
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


@router.get("/retrain/{job_id}", response_model=TrainingOut, tags=["learning"])
async def training(
    job_id: Annotated[int, Path(ge=1, le=LARGEST_ID)], parts: Parts, _caller: Reader
) -> TrainingOut:
    """How far a training is, and what came of it."""
    return await _outcome(parts, await _training(parts, job_id))


@router.get("/models", response_model=ModelList, tags=["learning"])
async def list_models(parts: Parts, _caller: Reader) -> ModelList:
    """Every version ever trained, the newest first."""
    async with parts.db.transaction() as db:
        at_work = await models.at_work(db)
        found = await models.listed(db)
    return ModelList(items=[_model_out(model, at_work) for model in found])


@router.get("/models/{version}", tags=["learning"])
async def model_report(version: Version, parts: Parts, _caller: Reader) -> dict[str, Any]:
    """What a version learnt from, and how good it is."""
    async with parts.db.transaction() as db:
        return await models.report(db, version)


@router.post("/models/{version}/promote", response_model=ModelOut, tags=["learning"])
async def promote_model(version: Version, parts: Parts, caller: Admin) -> ModelOut:
    """Put a version to work, or bring an older one back; every process has it within 2 seconds."""
    async with parts.db.transaction() as db:
        await promote(db, parts.flow.queue, version, by=caller, why=f"{caller} chose it.")
        return _model_out(await models.get(db, version), await models.at_work(db))


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


def _model_out(model: Model, at_work: Model | None) -> ModelOut:
    return ModelOut(
        version=model.version,
        at_work=at_work is not None and at_work.version == model.version,
        created_at=model.created_at,
        promoted_at=model.promoted_at,
        parent=model.parent,
        asked_by=model.asked_by,
        why=model.why,
        examples=model.examples,
        metrics=model.metrics,
    )

"""The models: every version, its report, and which one is at work."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from buzon.api.conditional import unless_known
from buzon.api.context import Admin, Parts, Reader
from buzon.api.described import KNOWN, answers
from buzon.errors import NotFound
from buzon.flow import Standing, promote
from buzon.flow.promise import State
from buzon.store import models
from buzon.store.models import Model

router = APIRouter(tags=["learning"])

Version = Annotated[str, Path(max_length=100, examples=["20260301-030012-5f3a"])]


class ModelOut(BaseModel):
    """A version. `parent`: the version at work when it was trained."""

    version: str = Field(description="Its name.")
    at_work: bool = Field(description="It is the one that sorts now.")
    created_at: datetime = Field(description="When it was trained.")
    promoted_at: datetime | None = Field(
        description="When it was put to work last; null where it never was."
    )
    parent: str | None
    asked_by: str = Field(description="Who wanted the training.")
    why: str = Field(description="Why it was put to work or not.")
    examples: int = Field(description="How many it learnt from.")
    metrics: dict[str, Any] = Field(
        description="How good it is; all of it is in the version's report."
    )


class Promise(BaseModel):
    """That of the mails handled without a person at most the share `risk` is in the wrong category.
    `kept`: mails checked by lot vouch for that; `broken`: they contradict it; `due`: enough are
    checked, and it is looked at within a week; `open`: `audits_missing` more must be checked, if no
    further one is wrong. `accuracy` is that of the `audited` mails, between `low` and `high` with
    95% certainty; null where none was checked."""

    state: State = Field(description="How it stands.")
    risk: float
    threshold: float = Field(description="Below this confidence a person looks at a mail.")
    audits_missing: int
    audits_waiting: int = Field(description="Drawn mails that nobody has checked yet.")
    audited: int
    accuracy: float | None
    low: float | None
    high: float | None


class ModelList(BaseModel):
    items: list[ModelOut] = Field(description="The newest first.")
    promise: Promise = Field(description="How often mails handled alone may be wrong.")


@router.get("/models", response_model=ModelList, responses=KNOWN)
async def list_models(request: Request, parts: Parts, _caller: Reader) -> Response:
    """Every version ever trained, the newest first, and how the promise stands."""
    async with parts.db.transaction() as db:
        at_work = await models.at_work(db)
        found = await models.listed(db)
        promise = _promise(await parts.account.standing(db))
    items = [_model_out(model, at_work) for model in found]
    return unless_known(request, ModelList(items=items, promise=promise))


@router.get("/models/{version}", response_model=dict[str, Any], responses=KNOWN | answers(NotFound))
async def model_report(
    request: Request, version: Version, parts: Parts, _caller: Reader
) -> Response:
    """What a version learnt from, and how good it is."""
    async with parts.db.transaction() as db:
        return unless_known(request, await models.report(db, version))


@router.post("/models/{version}/promote", responses=answers(NotFound))
async def promote_model(version: Version, parts: Parts, caller: Admin) -> ModelOut:
    """Put a version to work, or bring an older one back; every process has it within 2 seconds."""
    async with parts.db.transaction() as db:
        await promote(db, parts.flow.queue, version, by=caller, why=f"{caller} chose it.")
        return _model_out(await models.get(db, version), await models.at_work(db))


def _promise(standing: Standing) -> Promise:
    alone = standing.alone
    return Promise(
        state=standing.state,
        risk=standing.risk,
        threshold=standing.threshold,
        audits_missing=standing.missing,
        audits_waiting=standing.waiting,
        audited=alone.n if alone else 0,
        accuracy=alone.accuracy if alone else None,
        low=alone.low if alone else None,
        high=alone.high if alone else None,
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

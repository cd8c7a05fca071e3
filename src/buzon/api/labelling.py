"""What people say that a mail really is, and what was said of it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from buzon.api.conditional import IfMatch, says_the_same
from buzon.api.context import LARGEST_ID, EventId, Parts, Reader, Writer
from buzon.api.described import answers
from buzon.api.shapes import Category, Confidence, ModelVersion, event_out
from buzon.errors import ChangedMeanwhile, NotFound, UnknownCategory
from buzon.flow import explain, label, label_unchanged
from buzon.store import labels, scores

router = APIRouter(tags=["learning"])

MOST_LABELS = 10_000


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
    labelled: int = Field(description="How many mails these were.")


class PhraseOut(BaseModel):
    """The words from `start` to `end` of the event's subject or body, and how much they speak for
    the category; against it where `weight` is negative."""

    field: Literal["subject", "body"] = Field(description="Which of the two.")
    start: int
    end: int
    text: str = Field(description="The words.")
    weight: float


class ExplanationOut(BaseModel):
    """Why the model at work prefers `category` to `runner_up`: the weights of the phrases and
    `rest`, which no words can be named for, add up to `margin`."""

    event_id: int = Field(description="The event's number.")
    model_version: str = Field(description="The model that explains: the one at work.")
    scored_by: str = Field(description="The model whose word the event bears.")
    category: str
    runner_up: str
    margin: float
    rest: float
    phrases: list[PhraseOut] = Field(description="What speaks most for or against it.")


class LabelSet(BaseModel):
    """`was` became `becomes`, while the model said `predicted`. `source`: buzon (page, API),
    metabase or sql."""

    at: datetime = Field(description="When that was.")
    by: str = Field(description="Whose word it is.")
    source: Literal["buzon", "metabase", "sql"]
    was: str | None
    becomes: str | None
    predicted: str


class Scored(BaseModel):
    at: datetime = Field(description="When that was.")
    model_version: ModelVersion
    category: Category
    confidence: Confidence


class History(BaseModel):
    labels: list[LabelSet] = Field(description="What people called it.")
    predictions: list[Scored] = Field(description="What models said of it.")


@router.put("/events/{id}/label", responses=answers(NotFound, ChangedMeanwhile, UnknownCategory))
async def put_label(
    id: EventId, wanted: Label, parts: Parts, caller: Writer, if_match: IfMatch = None
) -> Labelled:
    """Say what a mail really is. With `If-Match` only if neither people nor the model have said
    anything else of it since it was looked at: of two who label one mail the second notices."""
    if if_match is None:
        return Labelled(labelled=await label(parts.db, [id], wanted.true_label, caller))
    await label_unchanged(
        parts.db,
        id,
        wanted.true_label,
        caller,
        lambda event: says_the_same(if_match, event_out(event)),
    )
    return Labelled(labelled=1)


@router.post("/events/labels", responses=answers(NotFound, UnknownCategory))
async def put_labels(wanted: Labels, parts: Parts, caller: Writer) -> Labelled:
    """Say of many mails at once what they really are: all of them, or where one is wrong, none."""
    return Labelled(labelled=await label(parts.db, wanted.ids, wanted.true_label, caller))


@router.get("/events/{id}/history", responses=answers(NotFound))
async def history(id: EventId, parts: Parts, _caller: Reader) -> History:
    """What people called a mail, and what each model said of it, the oldest first."""
    async with parts.db.transaction() as db:
        said = await scores.history(db, id)
        called = await labels.history(db, id)
    if not said:
        raise NotFound(f"There is no event {id}.")
    return History(
        labels=[
            LabelSet(
                at=c.at,
                by=c.by,
                source=c.source,
                was=c.was,
                becomes=c.becomes,
                predicted=c.predicted,
            )
            for c in called
        ],
        predictions=[
            Scored(
                at=s.at,
                model_version=s.model_version,
                category=s.category,
                confidence=s.confidence,
            )
            for s in said
        ],
    )


@router.get("/events/{id}/explanation", responses=answers(NotFound))
async def explanation(id: EventId, parts: Parts, _caller: Reader) -> ExplanationOut:
    """Which words of a mail speak for its category, in the order of the text."""
    explained = await explain(parts.flow, id)
    return ExplanationOut(
        event_id=id,
        model_version=explained.model_version,
        scored_by=explained.event.model_version,
        **asdict(explained.explanation),
    )

"""Predictions alone: nothing is stored, nobody is answered."""

from typing import Annotated, Any, Self

from fastapi import APIRouter, Response
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    model_validator,
)

from buzon.api.context import Parts, Reader
from buzon.api.shapes import (
    Category,
    Confidence,
    Language,
    ModelVersion,
    Probabilities,
    Text,
    ToReview,
    as_json,
    refuse_silence,
)
from buzon.api.straight import Straight

router = APIRouter(tags=["mails"], route_class=Straight)

MOST = 1000
EXAMPLE: dict[str, Any] = {
    "items": [{"subject": "Pedido", "text": "Queremos pedir dos cajas más de la referencia 4410."}]
}


class Item(BaseModel):
    """A mail's subject and text, of which one may be left out. Older mails quoted in the text are
    left out of account."""

    subject: Annotated[Text, Field(max_length=10_000)] = ""
    text: Annotated[Text, Field(max_length=1_000_000)] = ""

    @model_validator(mode="wrap")
    @classmethod
    def _says_something(cls, fields: object, read: ModelWrapValidatorHandler[Self]) -> Self:
        item = read(fields)
        refuse_silence(item, fields, "subject", "text")
        return item


class Items(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    items: Annotated[list[Item], Field(max_length=MOST)]


class PredictionOut(BaseModel):
    """What the model at work says."""

    category: Category
    confidence: Confidence
    probabilities: Probabilities
    language: Language
    needs_review: ToReview
    model_version: ModelVersion


class Predictions(BaseModel):
    """What was asked for."""

    items: list[PredictionOut] = Field(description="In the order of those that were given.")


@router.post("/predict", response_model=Predictions)
async def post_predict(wanted: Items, parts: Parts, _caller: Reader) -> Response:
    """What the model says of up to 1,000 mails; nothing is stored and nobody is answered."""
    texts = [(item.subject, item.text) for item in wanted.items]
    found = await parts.gathered.texts.predict(texts)
    told = Predictions(
        items=[
            PredictionOut(
                category=each.prediction.category,
                confidence=each.prediction.confidence,
                probabilities=each.prediction.probabilities,
                language=each.language,
                needs_review=each.needs_review,
                model_version=each.prediction.model_version,
            )
            for each in found
        ]
    )
    return as_json(told)

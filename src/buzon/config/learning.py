"""How sure the model must be, how that is checked, and when it learns."""

from datetime import time
from typing import Annotated

from pydantic import BaseModel, Field, field_validator


class Learning(BaseModel):
    confidence: Annotated[float, Field(ge=0, le=1)] = Field(
        0.75, description="Until audits vouch for another: below it a mail goes to a person."
    )
    risk: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.05, description="Share of wrong categories accepted among mails handled without a person."
    )
    audit: Annotated[float, Field(ge=0.001, le=1)] = Field(
        0.05,
        description="Share of all mails drawn by lot for a person to look at; 3 a day at least.",
    )
    embeddings: str = Field(
        "", description="Embedding model beside the n-grams: folder, package or name. Unset: none."
    )
    retrain_at: str = Field(
        "03:00",
        description="When the model is trained each night there is something new; off: never.",
    )
    retrain_after: Annotated[int, Field(ge=0)] = Field(
        50, description="Corrections after which the model is trained at once. 0: never."
    )

    @field_validator("retrain_at")
    @classmethod
    def _time_of_day(cls, value: str) -> str:
        if value != "off":
            try:
                time.fromisoformat(value)
            except ValueError as error:
                raise ValueError("must be a time like 03:00, or off") from error
        return value

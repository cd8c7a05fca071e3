"""Who is answered, by whom, when, and in whose name."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, field_validator

from buzon.config.kinds import Several


class Answering(BaseModel):
    mail: Literal["native", "external"] = Field(
        "native", description="native: Buzón reads and sends. external: n8n does."
    )
    stale: Literal["hand-out", "send"] = Field(
        "hand-out",
        description="What becomes of an answer that n8n didn't report: hand-out again, or Buzón"
        " itself does send it.",
    )
    handout_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        10, description="Minutes that n8n has to send an answer and report it."
    )
    company: Annotated[str, Field(max_length=120)] = Field(
        "Buzón", description="The company's name, as replies are signed."
    )
    language: Literal["es", "en", "ca", "de", "fr", "it", "pt"] = Field(
        "es", description="Language of replies to mails in a language without a template."
    )
    timezone: str = Field(
        "Europe/Madrid",
        description="The company's time zone. For another one all figures are counted anew.",
    )
    answering: Literal["on", "off"] = Field(
        "on",
        description="off: mails are read and sorted, and nobody is answered; as after a backup was"
        " restored.",
    )
    replies_per_hour: Annotated[int, Field(ge=0)] = Field(
        10_000, description="Global cap on automatic answers an hour; the rest is held back."
    )
    allowed_lists: Several = Field(
        (), description="List-Ids of own lists whose mails may be answered; commas between them."
    )

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is no time zone; write one like Europe/Madrid") from error
        return value

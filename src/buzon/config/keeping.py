"""How long what is kept, and what is told of how Buzón is doing."""

import re
from typing import Literal

from pydantic import BaseModel, Field, field_validator

from buzon.config.kinds import Days


class Keeping(BaseModel):
    keep_raw_days: Days = Field(
        90, description="Days that a mail is kept as it came, attachments included. 0: for ever."
    )
    keep_text_days: Days = Field(
        730,
        description="Days that texts, subjects, names and addresses are kept; what was counted"
        " stays. 0: for ever.",
    )
    mask: Literal["on", "off"] = Field(
        "on",
        description="Whether numbers of cards, accounts, identity cards and telephones become zeros"
        " in a text once the mail as it came is no longer kept.",
    )
    alarms_to: str = Field(
        "",
        description="Address that hears of trouble, at most once an hour of each kind; needs"
        " sending.",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto",
        description="auto: the service writes text on a terminal, JSON elsewhere; a command only"
        " warns, in sentences.",
    )

    @field_validator("alarms_to")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+", value):
            raise ValueError("must be an address like soporte@example.com")
        return value

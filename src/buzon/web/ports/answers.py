"""What is answered, what it says, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from buzon.mail.quiet import Quiet
from buzon.mail.templates import Templates
from buzon.records import Event, Reply, Template
from buzon.store.answer_templates import Version
from buzon.store.held_back import HeldBack
from buzon.store.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How mails are answered. `language`: in which those in a language without answers are;
    `waiting` answers wait until `quiet_until`, None where it isn't quiet now; `held_back` are the
    last of those that `held_by` counts by rule."""

    templates: Templates = field(default_factory=Templates)
    language: str = "es"
    quiet: Quiet = field(default_factory=Quiet)
    quiet_until: datetime | None = None
    waiting: int = 0
    held_back: Sequence[HeldBack] = ()
    held_by: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What answers to a category in a language, its versions with the last first, and mails to try
    it on, which are of that category and language if `fitting`."""

    at_work: Template
    versions: Sequence[Version]
    mails: Sequence[Event]
    fitting: bool


class Answering(Protocol):
    async def answers(self) -> Answers:
        """All of it, for a first look."""

    async def answer(self, category: str, language: str) -> Answer:
        """One of the answers. Raises NotFound."""

    async def preview(self, template: Template, mail: int | None) -> Reply:
        """What a template would answer to a mail, or to an example. Raises TextRefused."""

    async def save_answer(self, template: Template, after: int, who: str) -> int:
        """Put a template to work as the version after `after`, unless it says the same; its number.
        Raises TextRefused, Conflict."""

    async def bring_back_answer(
        self, category: str, language: str, version: int, after: int, who: str
    ) -> None:
        """Put an older version to work, or with 0 the built-in. Raises NotFound, Conflict."""

    async def test_answer(self, template: Template, mail: int | None, user: User) -> bool:
        """Send the answer to a mail to the user alone; False where nothing is ever sent. Raises
        TextRefused, Invalid, TooManyAttempts, SendError."""

    async def switch_answers(self, category: str, answered: bool, who: str) -> None:
        """Answer the mails of a category, or don't. Raises NotFound, Invalid."""

    async def set_quiet(self, quiet: Quiet, who: str) -> None:
        """Have answers wait at these times. Raises Invalid."""

"""How this Buzón is set up, and who changed what about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from buzon.config import Origin
from buzon.store.categories import Colour
from buzon.store.changes import Change, Wanted
from buzon.store.renamings import Renaming


@dataclass(frozen=True, slots=True)
class Examples:
    """What a category can be learnt from: mails that people `labelled` so, and texts of the starter
    corpus; whether the model at work can say it."""

    labelled: int = 0
    starter: int = 0
    predicted: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that may be chosen here unless it `comes` from elsewhere. `choices`: what it can
    be, where that is one of a few."""

    name: str
    help: str
    value: Any
    default: Any
    comes: Origin
    choices: Sequence[str] = ()

    @property
    def free(self) -> bool:
        return self.comes.kind in ("pages", "default")


class House(Protocol):
    async def choosable(self) -> Sequence[Setting]:
        """Those that may be chosen here, as they are now."""

    async def fixed(self) -> Sequence[Setting]:
        """Those of signing in elsewhere, which are only shown here; not its secret."""

    async def choose(self, wanted: Mapping[str, str | None], who: str) -> None:
        """Choose settings by what was typed, None for the default; what comes from elsewhere stays.
        When this returns, they hold, or do within seconds. Raises WrongSettings."""

    async def examples(self) -> Mapping[str, Examples]:
        """By category; none for those without any."""

    async def add_category(
        self, name: str, titles: Mapping[str, str], colour: Colour, who: str
    ) -> None:
        """A category more, or a retired one again. Raises Invalid."""

    async def dress_category(
        self, name: str, titles: Mapping[str, str], colour: Colour, key: str | None, who: str
    ) -> None:
        """Other titles, colour and key; None for that of its place. Raises Invalid, NotFound."""

    async def move_category(self, name: str, step: int, who: str) -> None:
        """So many places later. Raises NotFound."""

    async def rename_category(self, name: str, becomes: str, who: str) -> None:
        """Another name, or another category's: then they count as one, and their mails follow.
        Raises Invalid, NotFound."""

    async def renamings(self) -> Sequence[Renaming]:
        """The categories whose mails are getting another name."""

    async def retire_category(self, name: str, who: str) -> None:
        """No mail is called so any more. Raises Invalid, NotFound."""

    async def log(self, wanted: Wanted, limit: int) -> Sequence[Change]:
        """Who changed what, the newest first."""

    async def authors(self) -> Sequence[str]:
        """Everybody who changed something."""

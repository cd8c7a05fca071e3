"""What people say of mails, and the models that come of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from buzon.flow import Compared, Explained, Standing
from buzon.store.categories import Category
from buzon.store.drift_alarms import Drift
from buzon.store.labels import Correction
from buzon.store.models import Model
from buzon.store.scores import Said
from buzon.store.trainings import Training


@dataclass(frozen=True, slots=True)
class Past:
    """What people called a mail, and what models said of it, each the oldest first."""

    called: Sequence[Correction] = ()
    said: Sequence[Said] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How the model is. `report` is that of the version at work; `new_labels`: how many were set
    or changed since (MOST_COUNTED where they are more); `watched_from`: the day from which on drift
    can be told, None before the first mail."""

    at_work: Model | None
    report: dict[str, Any] | None
    new_labels: int
    versions: Sequence[Model]
    training: Training | None
    standing: Standing
    drift: Sequence[Drift]
    watched_from: date | None


class Labelling(Protocol):
    async def categories(self) -> Sequence[Category]:
        """What a mail can be, and could be once: the retired ones too."""

    async def past(self, id: int) -> Past:
        """What was said of a mail so far."""

    async def explain(self, id: int) -> Explained:
        """Which of its words speak for its category, and which against. Raises NotFound."""


class Learning(Protocol):
    async def overview(self) -> Overview:
        """How the model is, and the promise that is made with it."""

    async def training(self) -> Training | None:
        """The training that was asked for last, ended or not."""

    async def train(self, who: str) -> None:
        """Ask for a training. Raises Conflict while one is under way."""

    async def model(self, version: str) -> tuple[Model, dict[str, Any]]:
        """A version and its report. Raises NotFound."""

    async def compare(self, left: str, right: str, *, anew: bool) -> Compared:
        """Two versions beside each other; `anew` has both judge the mails that neither has seen.
        Raises NotFound; Invalid where they can't be compared."""

    async def promote(self, version: str, who: str) -> None:
        """Put a version to work. Raises NotFound."""

"""What the pages ask for about labels and models, answered from the store."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from buzon.cli.parts import Service
from buzon.flow import (
    Compared,
    Explained,
    ask_for_training,
    compare_versions,
    explain,
    promote,
    watched_from,
)
from buzon.store import categories, drift_alarms, labels, models, scores, trainings
from buzon.store.categories import Category
from buzon.store.db import together
from buzon.store.models import Model
from buzon.store.trainings import Training
from buzon.web import MOST_COUNTED, Overview, Past


class LearningDesk:
    """The web's `Labelling` and `Learning` over the database."""

    def __init__(self, service: Service) -> None:
        self.flow = service.flow
        self.db = self.flow.db
        self.queue = self.flow.queue
        self.account = service.account
        self.timezone = ZoneInfo(service.settings.timezone)

    async def categories(self) -> Sequence[Category]:
        async with self.db.reading() as db:
            return await categories.listed(db)

    async def past(self, id: int) -> Past:
        async with self.db.reading() as db:
            return Past(*await together(db, labels.history(db, id), scores.history(db, id)))

    async def explain(self, id: int) -> Explained:
        return await explain(self.flow, id)

    async def overview(self) -> Overview:
        async with self.db.reading() as db:
            at_work = await models.at_work(db)
            learnt_until = at_work.labelled_until if at_work else None
            return Overview(
                at_work=at_work,
                report=await models.report(db, at_work.version) if at_work else None,
                new_labels=await labels.count_since(db, learnt_until, MOST_COUNTED),
                versions=await models.listed(db),
                training=await trainings.last(db),
                standing=await self.account.standing(db),
                drift=await drift_alarms.ringing(db),
                watched_from=await watched_from(db, self.timezone),
            )

    async def training(self) -> Training | None:
        async with self.db.reading() as db:
            return await trainings.last(db)

    async def train(self, who: str) -> None:
        await ask_for_training(self.db, self.queue, who)

    async def model(self, version: str) -> tuple[Model, dict[str, Any]]:
        async with self.db.reading() as db:
            return await models.get(db, version), await models.report(db, version)

    async def compare(self, left: str, right: str, *, anew: bool) -> Compared:
        return await compare_versions(self.db, left, right, self.account.terms.careful, judge=anew)

    async def promote(self, version: str, who: str) -> None:
        async with self.db.transaction() as db:
            await promote(db, self.queue, version, by=who, why=f"{who} chose it.")

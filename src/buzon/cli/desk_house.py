"""What the pages ask for about how this Buzón is set up, answered from the store."""

from collections import Counter
from collections.abc import Mapping, Sequence

from buzon.flow import (
    add_category,
    dress_category,
    move_category,
    rename_category,
    retire_category,
)
from buzon.store import categories, changes, labels, models
from buzon.store.categories import Colour
from buzon.store.changes import Change, Wanted
from buzon.store.db import Database
from buzon.web import Examples


class HouseDesk:
    """The web's `House` over the database."""

    db: Database

    async def examples(self) -> Mapping[str, Examples]:
        async with self.db.transaction() as db:
            labelled = await labels.counts(db)
            known = await categories.listed(db)
            at_work = await models.at_work(db)
            report = await models.report(db, at_work.version) if at_work else None
        learnt, own = Counter[str](), Counter[str]()
        renamed = {c.name: c.becomes or c.name for c in known}
        for name, count in report["trained_on"]["per_category"].items() if report else ():
            learnt[renamed.get(name, name)] += count
        for name, count in report["trained_on"]["own_per_category"].items() if report else ():
            own[renamed.get(name, name)] += count
        return {
            name: Examples(labelled.get(name, 0), learnt[name] - own[name], learnt[name] > 0)
            for name in {*labelled, *learnt}
        }

    async def add_category(
        self, name: str, titles: Mapping[str, str], colour: Colour, who: str
    ) -> None:
        await add_category(self.db, name, titles, who, colour)

    async def dress_category(
        self, name: str, titles: Mapping[str, str], colour: Colour, who: str
    ) -> None:
        await dress_category(self.db, name, titles, colour, who)

    async def move_category(self, name: str, step: int, who: str) -> None:
        await move_category(self.db, name, step, who)

    async def rename_category(self, name: str, becomes: str, who: str) -> int:
        return await rename_category(self.db, name, becomes, who)

    async def retire_category(self, name: str, who: str) -> None:
        await retire_category(self.db, name, who)

    async def log(self, wanted: Wanted, limit: int) -> Sequence[Change]:
        async with self.db.transaction() as db:
            return await changes.listed(db, wanted, limit)

    async def authors(self) -> Sequence[str]:
        async with self.db.transaction() as db:
            return await changes.authors(db)

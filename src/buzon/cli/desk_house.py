"""What the pages ask for about how this Buzón is set up, answered from the store."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from pydantic_core import to_jsonable_python

from buzon import config
from buzon.config import Settings
from buzon.flow import (
    add_category,
    choose,
    dress_category,
    move_category,
    rename_category,
    retire_category,
)
from buzon.store import categories, changes, labels, models, renamings, settings
from buzon.store.categories import Colour
from buzon.store.changes import Change, Wanted
from buzon.store.db import Database
from buzon.store.queue import Queue
from buzon.store.renamings import Renaming
from buzon.web import Examples, Setting

TAKES_UP = 2.0  # seconds


class HouseDesk:
    """The web's `House` over the database."""

    db: Database
    queue: Queue

    def __init__(self, given: Settings) -> None:
        self.given = given
        self.superseded = asyncio.Event()  # another desk has taken our place, under other settings

    async def choosable(self) -> Sequence[Setting]:
        async with self.db.reading() as db:
            chosen = await settings.values(db)
        hold = config.complete(self.given, chosen)
        return [self._setting(hold, chosen, name) for name in config.CHOSEN]

    async def fixed(self) -> Sequence[Setting]:
        return [self._setting(self.given, (), name) for name in config.ELSEWHERE]

    def _setting(self, hold: Settings, chosen: Collection[str], name: str) -> Setting:
        field = Settings.model_fields[name]
        return Setting(
            name=name,
            help=field.description or "",
            value=getattr(hold, name),
            default=field.default,
            comes=config.origin(self.given, chosen, name),
            choices=config.choices(name),
        )

    async def choose(self, wanted: Mapping[str, str | None], who: str) -> None:
        free = {n: v for n, v in wanted.items() if n not in self.given.model_fields_set}
        typed = {name: value for name, value in free.items() if value is not None}
        found = config.complete(self.given, typed).model_dump(mode="json", include=set(free))
        fields = Settings.model_fields
        defaults = {name: to_jsonable_python(fields[name].default) for name in free}
        chosen = {n: None if found[n] == defaults[n] else found[n] for n in free}
        if await choose(self.db, chosen, who):
            await self.taken_up()

    async def taken_up(self) -> None:
        """The page that is shown next is one under the new settings."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.superseded.wait(), TAKES_UP)

    async def examples(self) -> Mapping[str, Examples]:
        async with self.db.reading() as db:
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
        self, name: str, titles: Mapping[str, str], colour: Colour, key: str | None, who: str
    ) -> None:
        await dress_category(self.db, name, titles, colour, key, who)

    async def move_category(self, name: str, step: int, who: str) -> None:
        await move_category(self.db, name, step, who)

    async def rename_category(self, name: str, becomes: str, who: str) -> None:
        await rename_category(self.db, name, becomes, who, self.queue)

    async def renamings(self) -> Sequence[Renaming]:
        async with self.db.reading() as db:
            return await renamings.under_way(db)

    async def retire_category(self, name: str, who: str) -> None:
        await retire_category(self.db, name, who)

    async def log(self, wanted: Wanted, limit: int) -> Sequence[Change]:
        async with self.db.reading() as db:
            return await changes.listed(db, wanted, limit)

    async def authors(self) -> Sequence[str]:
        async with self.db.reading() as db:
            return await changes.authors(db)

"""What the pages let people do to mails, and the lists that they keep."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from buzon.flow import (
    Act,
    Progress,
    Which,
    correct,
    correct_all,
    give_back,
    hold,
    postpone,
    progress,
    reopen,
    review,
    settle,
    take_up,
    undo,
)
from buzon.store import long_acts, saved_views
from buzon.store.db import Database
from buzon.store.long_acts import LongAct
from buzon.store.queue import ACT, Queue
from buzon.store.saved_views import SavedView
from buzon.web import User


class ActingDesk:
    """The web's `Acting`, `Reviewing` and `Views` over the database."""

    db: Database
    queue: Queue
    timezone: ZoneInfo

    async def correct(self, id: int, category: str | None, was: str | None, who: str) -> Act:
        return await correct(self.db, id, category, was, who)

    async def correct_all(
        self, which: Which, category: str | None, seen_at: datetime, who: str
    ) -> Act:
        return await self._going_on(await correct_all(self.db, which, category, seen_at, who))

    async def settle(self, which: Which, seen_at: datetime, who: str) -> Act:
        return await self._going_on(await settle(self.db, which, seen_at, who))

    async def reopen(self, id: int) -> None:
        await reopen(self.db, id)

    async def undo(self, number: int, who: str) -> Act:
        return await self._going_on(await undo(self.db, number, who))

    async def long_act(self, number: int, who: str) -> LongAct:
        async with self.db.reading() as db:
            return await long_acts.get(db, number, who)

    async def latest_long_act(self, who: str) -> LongAct | None:
        async with self.db.reading() as db:
            return await long_acts.latest(db, who)

    async def _going_on(self, act: Act) -> Act:
        """Wakes the worker for what goes on in pieces; by itself it looks once a minute."""
        if act.share < 1:
            async with self.db.transaction() as db:
                await self.queue.defer(db, ACT)
        return act

    async def review(self, user: User) -> int | None:
        return await review(self.db, user.id)

    async def hold(self, id: int, user: User) -> bool:
        return await hold(self.db, id, user.id)

    async def give_back(self, id: int, user: User) -> None:
        await give_back(self.db, id, user.id)

    async def postpone(self, id: int, user: User) -> None:
        await postpone(self.db, id, user.id)

    async def take_up(self, id: int, user: User) -> None:
        await take_up(self.db, id, user.id)

    async def progress(self, user: User) -> Progress:
        async with self.db.reading() as db:
            return await progress(db, user.name, self.timezone)

    async def saved_views(self, user: User) -> Sequence[SavedView]:
        async with self.db.reading() as db:
            return await saved_views.of(db, user.id)

    async def save_view(self, user: User, name: str, query: str) -> None:
        async with self.db.transaction() as db:
            await saved_views.add(db, user.id, name, query)

    async def remove_view(self, user: User, id: int) -> None:
        async with self.db.transaction() as db:
            await saved_views.remove(db, user.id, id)

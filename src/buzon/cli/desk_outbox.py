"""What the pages ask for about the outbox and the quarantine, answered from the store."""

from collections.abc import Collection, Sequence

from buzon.config import Settings
from buzon.flow import Flow, delete_parked, try_again
from buzon.records import ReplyStatus
from buzon.store import outbox_list, parked
from buzon.store.db import Database
from buzon.store.outbox_list import Listed
from buzon.store.parked import Parked


class OutboxDesk:
    """The web's `Outbox` over the database."""

    settings: Settings
    db: Database
    flow: Flow

    async def outbox(
        self, limit: int, before: int | None, statuses: Sequence[ReplyStatus]
    ) -> Sequence[Listed]:
        async with self.db.reading() as db:
            return await outbox_list.newest(db, limit, before, statuses)

    @property
    def replies_per_hour(self) -> int:
        return self.settings.replies_per_hour

    async def quarantine(self, limit: int, before: int | None) -> Sequence[Parked]:
        async with self.db.reading() as db:
            return await parked.newest(db, limit, before)

    async def parked(self, id: int) -> tuple[Parked, bytes] | None:
        async with self.db.reading() as db:
            return await parked.get(db, id)

    async def try_again(self, id: int, who: str) -> int:
        return await try_again(self.flow, id, who)

    async def delete_parked(self, ids: Collection[int], who: str) -> None:
        await delete_parked(self.db, ids, who)

"""The dashboard's figures, answered from the store."""

from collections.abc import Sequence

from buzon.flow import Statistics, Wanted, statistics
from buzon.store import statistics as figures
from buzon.store.db import Database


class StatisticsDesk:
    """The web's `Figures` over the database."""

    db: Database

    async def statistics(self, wanted: Wanted) -> Statistics:
        return await statistics(self.db, wanted)

    async def counted_mailboxes(self) -> Sequence[str]:
        async with self.db.reading() as db:
            return await figures.mailboxes(db)

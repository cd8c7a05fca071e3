"""What the pages ask for about how this Buzón is set up, answered from the store."""

from collections.abc import Sequence

from buzon.store import changes
from buzon.store.changes import Change, Wanted
from buzon.store.db import Database


class HouseDesk:
    """The web's `House` over the database."""

    db: Database

    async def log(self, wanted: Wanted, limit: int) -> Sequence[Change]:
        async with self.db.transaction() as db:
            return await changes.listed(db, wanted, limit)

    async def authors(self) -> Sequence[str]:
        async with self.db.transaction() as db:
            return await changes.authors(db)

"""Makes mails searchable, after they were stored and answered."""

import asyncio

from buzon.store import search
from buzon.store.db import Database

BATCH = 200  # mails
PAUSE = 1.0  # seconds in which new ones gather


async def keep_searchable(db: Database) -> None:
    """Until cancelled. Any number of processes may do so at the same time."""
    while True:
        async with db.transaction() as connection:
            taken = await search.index(connection, BATCH)
        if taken < BATCH:
            await asyncio.sleep(PAUSE)

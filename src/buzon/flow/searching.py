"""Makes mails searchable, after they were stored and answered."""

import asyncio

from buzon.store import outbox, search
from buzon.store.db import Database

BATCH = 200  # mails
PAUSE = 1.0  # seconds in which new ones gather
PATIENCE = 10  # such pauses at most, while answers are due


async def keep_searchable(db: Database) -> None:
    """Until cancelled. Any number of processes may do so at the same time."""
    while True:
        await _let_answers_go_first(db)
        while await _index(db) == BATCH:
            pass
        await asyncio.sleep(PAUSE)


async def _index(db: Database) -> int:
    async with db.transaction() as connection:
        return await search.index(connection, BATCH)


async def _let_answers_go_first(db: Database) -> None:
    """Of a burst, but not for ever: where they can't go out, mails are to be found all the same."""
    for _ in range(PATIENCE):
        async with db.reading() as connection:
            if not await outbox.is_any_due(connection):
                return
        await asyncio.sleep(PAUSE)

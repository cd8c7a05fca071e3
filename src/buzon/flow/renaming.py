"""A category's mails get its new name, in steps that are committed one by one: nobody waits long,
and who dies over it is followed by another."""

from buzon.store import labels, locks, renamings
from buzon.store.db import Database

STEP = 2000  # mails


async def carry_on(db: Database, mails: int = STEP) -> None:
    """Until every mail has its category's present name; nothing where another process is at it."""
    lock = locks.Lock(db, locks.RENAMING, 0)
    try:
        if await lock.try_take():
            while await _step(db, mails):
                pass
    finally:
        await lock.release()


async def _step(db: Database, mails: int) -> bool:
    """The next step of the oldest renaming; whether there was one."""
    async with db.transaction() as connection:
        under_way = await renamings.under_way(connection)
        if under_way:
            await labels.act_as(connection, under_way[0].by)
            await renamings.step(connection, under_way[0], mails)
    return bool(under_way)

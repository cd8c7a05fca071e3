"""A sign of life of a process that serves no pages, for who can't ask it over HTTP."""

import asyncio
from pathlib import Path

from buzon.store.db import Database

FILE = "alive"  # in BUZON_DATA_DIR
EVERY = 20.0  # seconds


async def tell_alive(db: Database, folder: Path) -> None:
    """Until cancelled: touch the file as long as this process works and has the database. Where
    the file has aged, one of the two is not so. Raises DatabaseError."""
    while True:
        async with db.transaction() as connection:
            await connection.execute("SELECT 1")
        await asyncio.to_thread(_touch, folder / FILE)
        await asyncio.sleep(EVERY)


def _touch(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()

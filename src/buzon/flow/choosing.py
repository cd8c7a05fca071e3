"""Settings that are chosen on the pages."""

from collections.abc import Mapping
from typing import Any

from buzon.store import settings
from buzon.store.db import Database


async def choose(db: Database, wanted: Mapping[str, Any], who: str) -> bool:
    """Set what is wanted, None for the default; whether anything is another than before. What
    makes no sense must have been refused: a process that reads it can't go on with it."""
    async with db.transaction(by=who) as connection:
        present = await settings.values(connection)
        other = {name: value for name, value in wanted.items() if present.get(name) != value}
        for name, value in other.items():
            if value is None:
                await settings.forget(connection, name)
            else:
                await settings.put(connection, name, value)
    return bool(other)

"""The sign of life of a process without pages."""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from buzon.cli import alive
from buzon.errors import DatabaseError
from buzon.store.db import Database

LONG_AGO = time.time() - 3600


async def test_the_file_is_young_while_the_database_answers_and_ages_without_it(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alive, "EVERY", 0.01)
    file = tmp_path / "made" / alive.FILE
    telling = asyncio.create_task(alive.tell_alive(db, file.parent))
    async with asyncio.timeout(30):
        while not file.exists():
            await asyncio.sleep(0.01)
        os.utime(file, (LONG_AGO, LONG_AGO))
        while file.stat().st_mtime <= LONG_AGO:
            await asyncio.sleep(0.01)
        await db.close()
        with pytest.raises(DatabaseError):
            await telling
    os.utime(file, (LONG_AGO, LONG_AGO))
    with suppress(DatabaseError):
        await alive.tell_alive(db, file.parent)
    assert file.stat().st_mtime <= LONG_AGO

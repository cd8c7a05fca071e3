"""The table `secrets`: keys that every process of this Buzón shares."""

import os

from buzon.store.db import Connection


async def get_or_make(db: Connection, name: str) -> bytes:
    """The secret of this name: 32 random bytes, made by whoever asks first."""
    await db.execute(
        "INSERT INTO secrets (name, value) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [name, os.urandom(32)],
    )
    row = await (await db.execute("SELECT value FROM secrets WHERE name = %s", [name])).fetchone()
    assert row is not None  # noqa: S101 - inserted above, and nothing deletes secrets
    return bytes(row[0])

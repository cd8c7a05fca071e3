"""The table `sign_in_attempts`: how often somebody tried a password of late. It is in the database
so that all processes count together.

An attempt is counted before the password is looked at, and taken back when it was right: a hundred
at once get no further than a hundred one after another.
"""

from collections.abc import Mapping
from datetime import timedelta

from buzon.store.db import Connection
from buzon.store.tokens import digest

WINDOW = timedelta(minutes=15)


async def count(db: Connection, limits: Mapping[str, int]) -> int:
    """Count an attempt under each of these keys, such as an address and a client, unless one of
    them has reached its limit: then the seconds until it may be tried again, else 0."""
    keys = {digest(key): limit for key, limit in limits.items()}
    for key in sorted(keys):  # always in the same order, or two could wait for each other
        await db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key.hex()])
    await db.execute("DELETE FROM sign_in_attempts WHERE at < now() - %s", [WINDOW])
    wait = max([await _wait(db, key, limit) for key, limit in keys.items()])
    if wait == 0:
        for key in keys:
            await db.execute("INSERT INTO sign_in_attempts (key) VALUES (%s)", [key])
    return wait


async def _wait(db: Connection, key: bytes, limit: int) -> int:
    """Until the limit-th newest attempt leaves the window."""
    row = await (
        await db.execute(
            "SELECT ceil(extract(epoch FROM at + %s - now())) FROM sign_in_attempts"
            " WHERE key = %s AND at > now() - %s ORDER BY at DESC OFFSET %s LIMIT 1",
            [WINDOW, key, WINDOW, limit - 1],
        )
    ).fetchone()
    return max(1, int(row[0])) if row else 0


async def forgive(db: Connection, key: str) -> None:
    """All attempts under this key go: the password of an address was right."""
    await db.execute("DELETE FROM sign_in_attempts WHERE key = %s", [digest(key)])


async def forgive_last(db: Connection, key: str) -> None:
    """That attempt was a good one, but others under this key may not be: a client may try the
    passwords of many."""
    await db.execute(
        "DELETE FROM sign_in_attempts WHERE ctid ="
        " (SELECT ctid FROM sign_in_attempts WHERE key = %s ORDER BY at DESC LIMIT 1)",
        [digest(key)],
    )

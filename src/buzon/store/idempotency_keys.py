"""The table `idempotency_keys`: which mail each key of the last day stands for, so that a request
that is repeated gets the answer that was lost."""

from dataclasses import dataclass
from datetime import timedelta

from buzon.store.db import Connection

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Key:
    """A key, which each token has its own of, with the SHA-256 of the mail that came with it."""

    token: str
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What a key stands for: which mail, its event, and what was first answered."""

    digest: bytes
    event_id: int
    duplicate: bool


async def keep(db: Connection, key: Key, event_id: int, *, duplicate: bool) -> Kept:
    """Let a key stand for this event, unless it stands for one already; what it stands for. The
    caller holds the intake lock."""
    await db.execute("DELETE FROM idempotency_keys WHERE at < now() - %s", [KEPT])
    await db.execute(
        "INSERT INTO idempotency_keys (token, key, digest, event_id, duplicate)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (token, key) DO NOTHING",
        [key.token, key.key, key.digest, event_id, duplicate],
    )
    rows = await db.execute(
        "SELECT digest, event_id, duplicate FROM idempotency_keys WHERE token = %s AND key = %s",
        [key.token, key.key],
    )
    row = await rows.fetchone()
    assert row is not None  # noqa: S101 - it was there or is now
    return Kept(*row)

"""The table `sign_in_links`: one-time links, of which only hashes are kept."""

import secrets as random_source
from datetime import timedelta

from buzon.store.db import Connection
from buzon.store.tokens import digest

LINK_LIVES = timedelta(hours=24)


async def make(db: Connection, user: int | None) -> str:
    """The secret of a link with which a user sets a password once; with None, of one that makes
    the first administrator. A user's earlier links no longer work."""
    await db.execute("DELETE FROM sign_in_links WHERE expires_at < now() OR user_id = %s", [user])
    secret = random_source.token_urlsafe(24)
    await db.execute(
        "INSERT INTO sign_in_links (hash, user_id, expires_at) VALUES (%s, %s, now() + %s)",
        [digest(secret), user, LINK_LIVES],
    )
    return secret


async def find(db: Connection, secret: str) -> tuple[int | None] | None:
    """Whose link that is, in a tuple, for None is the first administrator's; None alone where it
    is not good."""
    row = await (
        await db.execute(
            "SELECT user_id FROM sign_in_links WHERE hash = %s AND expires_at > now()",
            [digest(secret)],
        )
    ).fetchone()
    return (row[0],) if row else None


async def use_up(db: Connection, secret: str) -> bool:
    """Whether it was good. Of two that use it at once, the DELETE lets one through."""
    done = await db.execute(
        "DELETE FROM sign_in_links WHERE hash = %s AND expires_at > now()", [digest(secret)]
    )
    return done.rowcount == 1


async def forget_first(db: Connection) -> None:
    """No link makes a first administrator any more."""
    await db.execute("DELETE FROM sign_in_links WHERE user_id IS NULL")

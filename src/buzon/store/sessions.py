"""The tables `sign_in_links` and `sessions`: who may look at the pages."""

import secrets as random_source
from datetime import timedelta

from buzon.store.db import Connection
from buzon.store.tokens import digest

LINK_LIVES = timedelta(hours=24)
SESSION_LIVES = timedelta(days=30)


async def make_link(db: Connection) -> str:
    """The secret of a link that signs in once."""
    await db.execute("DELETE FROM sign_in_links WHERE expires_at < now()")
    secret = random_source.token_urlsafe(24)
    await db.execute(
        "INSERT INTO sign_in_links VALUES (%s, now() + %s)", [digest(secret), LINK_LIVES]
    )
    return secret


async def open_by_link(db: Connection, secret: str) -> str | None:
    """A session for whoever holds an unused link; the link is used up. None where it is not
    good. Of two that use it at once, the DELETE lets one through."""
    done = await db.execute(
        "DELETE FROM sign_in_links WHERE hash = %s AND expires_at > now()", [digest(secret)]
    )
    if done.rowcount != 1:
        return None
    session = random_source.token_urlsafe(32)
    await db.execute("DELETE FROM sessions WHERE expires_at < now()")
    await db.execute(
        "INSERT INTO sessions (hash, expires_at) VALUES (%s, now() + %s)",
        [digest(session), SESSION_LIVES],
    )
    return session


async def valid(db: Connection, session: str) -> bool:
    row = await (
        await db.execute(
            "SELECT 1 FROM sessions WHERE hash = %s AND expires_at > now()", [digest(session)]
        )
    ).fetchone()
    return row is not None


async def close(db: Connection, session: str) -> None:
    await db.execute("DELETE FROM sessions WHERE hash = %s", [digest(session)])

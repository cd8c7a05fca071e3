"""The table `identities`: accounts at an OpenID provider, and whose they are.

An account is known by issuer and subject alone, which never change and are never given to another
(OpenID Connect Core 1.0, section 2); its e-mail address may be.
"""

from collections.abc import Collection

from buzon.store import users
from buzon.store.db import Connection
from buzon.store.users import User


async def add(db: Connection, user: int, issuer: str, subject: str) -> None:
    await db.execute(
        "INSERT INTO identities (issuer, subject, user_id) VALUES (%s, %s, %s)",
        [issuer, subject, user],
    )


async def user(db: Connection, issuer: str, subject: str) -> User | None:
    """Whose account that is, disabled or not."""
    row = await (
        await db.execute(
            "SELECT user_id FROM identities WHERE issuer = %s AND subject = %s", [issuer, subject]
        )
    ).fetchone()
    return await users.get(db, row[0]) if row else None


async def connected(db: Connection, issuer: str) -> Collection[int]:
    """The users with an account there."""
    rows = await db.execute("SELECT user_id FROM identities WHERE issuer = %s", [issuer])
    return {id for (id,) in await rows.fetchall()}


async def remove(db: Connection, user: int) -> None:
    """A user has no account elsewhere any more."""
    await db.execute("DELETE FROM identities WHERE user_id = %s", [user])

"""The table `tokens`: who may use the API. Only hashes are kept; a token is shown once."""

import hashlib
import secrets as random_source
from dataclasses import dataclass
from datetime import datetime

from psycopg import errors

from buzon.errors import Invalid, NotFound
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class Token:
    name: str
    created_at: datetime


async def add(db: Connection, name: str) -> str:
    """A new token. Raises Invalid where a token of that name works already."""
    token = "bz_" + random_source.token_urlsafe(32)
    try:
        await db.execute("INSERT INTO tokens (name, hash) VALUES (%s, %s)", [name, digest(token)])
    except errors.UniqueViolation as error:
        raise Invalid(f"There is a token called {name}.", "Choose another name.") from error
    return token


async def listed(db: Connection) -> list[Token]:
    rows = await db.execute(
        "SELECT name, created_at FROM tokens WHERE revoked_at IS NULL ORDER BY id"
    )
    return [Token(*row) async for row in rows]


async def revoke(db: Connection, name: str) -> None:
    """Raises NotFound where no token of that name works."""
    done = await db.execute(
        "UPDATE tokens SET revoked_at = now() WHERE name = %s AND revoked_at IS NULL", [name]
    )
    if done.rowcount == 0:
        raise NotFound(f"There is no token called {name}.", "See them with: buzon token list")


async def owner(db: Connection, token: str) -> str | None:
    """The name of a token that works. Comparing hashes in the index tells an attacker nothing
    about the token by its timing."""
    row = await (
        await db.execute(
            "SELECT name FROM tokens WHERE hash = %s AND revoked_at IS NULL", [digest(token)]
        )
    ).fetchone()
    return str(row[0]) if row else None


def digest(token: str) -> bytes:
    # Tokens are 256 random bits: a plain hash is as good as a slow one.
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()

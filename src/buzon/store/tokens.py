"""The table `tokens`: who may use the API. Only hashes are kept; a token is shown once."""

import hashlib
import secrets as random_source
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from psycopg import errors

from buzon.errors import Invalid, NotFound
from buzon.store.db import Connection

Scope = Literal["read", "write", "intake", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
USED_EVERY = timedelta(minutes=1)  # a use is noted at most so often

_COLUMNS = "name, scopes, made_by, created_at, expires_at, used_at"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it may be shown. `scopes`: what it is good for."""

    name: str
    scopes: Collection[Scope]
    made_by: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


async def add(
    db: Connection,
    name: str,
    *,
    scopes: Collection[Scope] = SCOPES,
    days: int | None = None,
    by: str = "",
) -> str:
    """A new token, good for so many days or for ever. Raises Invalid where a token of that name
    works already."""
    token = "bz_" + random_source.token_urlsafe(32)
    lives = None if days is None else timedelta(days=days)
    try:
        await db.execute(
            "INSERT INTO tokens (name, hash, scopes, made_by, expires_at)"
            " VALUES (%s, %s, %s, %s, now() + %s::interval)",
            [name, digest(token), [s for s in SCOPES if s in scopes], by, lives],
        )
    except errors.UniqueViolation as error:
        raise Invalid(f"There is a token called {name}.", "Choose another name.") from error
    return token


async def keep(db: Connection, name: str, token: str, *, by: str = "") -> bool:
    """See that this very token is the one of that name, good for everything, and say whether it
    works. What was revoked stays so."""
    await db.execute(
        "UPDATE tokens SET revoked_at = now()"
        " WHERE name = %s AND hash <> %s AND revoked_at IS NULL",
        [name, digest(token)],
    )
    await db.execute(
        "INSERT INTO tokens (name, hash, scopes, made_by) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [name, digest(token), list(SCOPES), by],
    )
    query = "SELECT revoked_at IS NULL FROM tokens WHERE hash = %s"
    row = await (await db.execute(query, [digest(token)])).fetchone()
    return row is not None and bool(row[0])


async def listed(db: Connection) -> list[Token]:
    """Those not revoked, also where their time is over."""
    query = f"SELECT {_COLUMNS} FROM tokens WHERE revoked_at IS NULL ORDER BY id"  # noqa: S608
    return [Token(*row) async for row in await db.execute(query)]


async def revoke(db: Connection, name: str) -> None:
    """Raises NotFound where no token of that name works."""
    done = await db.execute(
        "UPDATE tokens SET revoked_at = now() WHERE name = %s AND revoked_at IS NULL", [name]
    )
    if done.rowcount == 0:
        raise NotFound(f"There is no token called {name}.", "See them with: buzon token list")


async def use(db: Connection, token: str) -> Token | None:
    """As `use_all`, of one."""
    (found,) = await use_all(db, [token])
    return found


async def use_all(db: Connection, tokens: Sequence[str]) -> list[Token | None]:
    """The tokens, noting that they are used; None where one doesn't work. Comparing hashes in the
    index tells an attacker nothing about the token by its timing."""
    hashes = [digest(token) for token in tokens]
    rows = await db.execute(
        f"SELECT hash, {_COLUMNS} FROM tokens WHERE hash = ANY(%s) AND revoked_at IS NULL"  # noqa: S608
        " AND coalesce(expires_at > now(), true)",
        [list(set(hashes))],
    )
    found = {bytes(hash): Token(*row) async for hash, *row in rows}
    since = datetime.now(UTC) - USED_EVERY
    unnoted = [h for h, token in found.items() if not token.used_at or token.used_at < since]
    if unnoted:
        await db.execute("UPDATE tokens SET used_at = now() WHERE hash = ANY(%s)", [unnoted])
    return [found.get(hash) for hash in hashes]


def digest(token: str) -> bytes:
    # Tokens are 256 random bits: a plain hash is as good as a slow one.
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()

"""The table `users`: who may look at the pages, and what else they may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from psycopg import errors

from buzon.errors import Invalid, NotFound
from buzon.store.db import Connection

Role = Literal["viewer", "operator", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)  # each may what those before it may

COLUMNS = "id, email, name, role, password IS NOT NULL, created_at, disabled_at, language"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may look at the pages. `ready`: a password was set. `language`: that of the
    pages; None for the browser's."""

    id: int
    email: str
    name: str
    role: Role
    ready: bool
    created_at: datetime
    disabled_at: datetime | None
    language: str | None = None

    def may(self, role: Role) -> bool:
        """Whether this user has the rights of a role."""
        return ROLES.index(self.role) >= ROLES.index(role)


async def add(db: Connection, email: str, name: str, role: Role) -> User:
    """Raises Invalid where another user has that address or name."""
    try:
        row = await (
            await db.execute(
                f"INSERT INTO users (email, name, role) VALUES (%s, %s, %s) RETURNING {COLUMNS}",  # noqa: S608
                [email, name, role],
            )
        ).fetchone()
    except errors.UniqueViolation as error:
        if error.diag.constraint_name == "users_name":
            raise Invalid(
                "There is somebody of this name.", "Work is noted by name: add something to it."
            ) from error
        raise Invalid(
            "There is somebody with this e-mail address.", "Make a new link for them instead."
        ) from error
    assert row is not None  # noqa: S101 - inserted above
    return User(*row)


async def listed(db: Connection) -> list[User]:
    """Everybody, also who is disabled, by name."""
    rows = await db.execute(f"SELECT {COLUMNS} FROM users ORDER BY lower(name)")  # noqa: S608
    return [User(*row) async for row in rows]


async def exist(db: Connection) -> bool:
    row = await (await db.execute("SELECT EXISTS (SELECT FROM users)")).fetchone()
    return bool(row and row[0])


async def have_administrator(db: Connection) -> bool:
    """Whether somebody is one, or will be as soon as they have set their password."""
    query = "SELECT EXISTS (SELECT FROM users WHERE role = 'administrator' AND disabled_at IS NULL)"
    row = await (await db.execute(query)).fetchone()
    return bool(row and row[0])


async def get(db: Connection, id: int) -> User:
    """Raises NotFound."""
    rows = await db.execute(f"SELECT {COLUMNS} FROM users WHERE id = %s", [id])  # noqa: S608
    row = await rows.fetchone()
    if row is None:
        raise NotFound("There is no such person.")
    return User(*row)


async def by_email(db: Connection, email: str) -> User:
    """Raises NotFound."""
    query = f"SELECT {COLUMNS} FROM users WHERE lower(email) = lower(%s)"  # noqa: S608
    row = await (await db.execute(query, [email])).fetchone()
    if row is None:
        raise NotFound(f"There is no user {email}.", "See them with: buzon user list")
    return User(*row)


async def is_named(db: Connection, name: str) -> bool:
    """Whether somebody has that name."""
    query = "SELECT EXISTS (SELECT FROM users WHERE lower(name) = lower(%s))"
    row = await (await db.execute(query, [name])).fetchone()
    return bool(row and row[0])


async def secret(db: Connection, email: str) -> tuple[int, str] | None:
    """Id and hashed password of whoever may sign in with this address."""
    row = await (
        await db.execute(
            "SELECT id, password FROM users"
            " WHERE lower(email) = lower(%s) AND disabled_at IS NULL AND password IS NOT NULL",
            [email],
        )
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else None


async def set_password(db: Connection, id: int, hashed: str) -> None:
    await db.execute("UPDATE users SET password = %s WHERE id = %s", [hashed, id])


async def set_role(db: Connection, id: int, role: Role) -> None:
    await db.execute("UPDATE users SET role = %s WHERE id = %s", [role, id])


async def set_language(db: Connection, id: int, language: str | None) -> None:
    await db.execute("UPDATE users SET language = %s WHERE id = %s", [language, id])


async def disable(db: Connection, id: int) -> None:
    """They can't sign in, and are signed out."""
    await db.execute("UPDATE users SET disabled_at = now() WHERE id = %s", [id])
    await db.execute("DELETE FROM sessions WHERE user_id = %s", [id])
    await db.execute("DELETE FROM sign_in_links WHERE user_id = %s", [id])


async def enable(db: Connection, id: int) -> None:
    await db.execute("UPDATE users SET disabled_at = NULL WHERE id = %s", [id])


async def lock(db: Connection) -> None:
    """Nobody else adds or changes users until this transaction ends."""
    await db.execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")


async def administrators(db: Connection) -> int:
    """How many there are who can sign in."""
    row = await (
        await db.execute(
            "SELECT count(*) FROM users WHERE role = 'administrator' AND disabled_at IS NULL"
            " AND password IS NOT NULL"
        )
    ).fetchone()
    return int(row[0]) if row else 0

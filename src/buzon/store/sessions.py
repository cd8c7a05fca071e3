"""The table `sessions`: who is signed in, and where."""

import secrets as random_source
from dataclasses import dataclass
from datetime import datetime, timedelta

from buzon.store import users
from buzon.store.db import Connection
from buzon.store.tokens import digest
from buzon.store.users import User

SESSION_LIVES = timedelta(days=30)
IDLE = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)  # a use is noted at most so often
LONGEST_DEVICE = 300


@dataclass(frozen=True, slots=True)
class Session:
    """Where somebody is signed in. `device` is the browser's User-Agent; `own`: it's the one that
    asks."""

    id: int
    device: str
    created_at: datetime
    seen_at: datetime
    own: bool


async def open(db: Connection, user: int, device: str) -> str:
    """The secret of a new session."""
    session = random_source.token_urlsafe(32)
    await db.execute(
        "DELETE FROM sessions WHERE expires_at < now() OR seen_at < now() - %s", [IDLE]
    )
    await db.execute(
        "INSERT INTO sessions (hash, user_id, device, expires_at) VALUES (%s, %s, %s, now() + %s)",
        [digest(session), user, device.replace("\0", "")[:LONGEST_DEVICE], SESSION_LIVES],
    )
    return session


async def user(db: Connection, session: str) -> User | None:
    """Whose session it is, noting that it is used; None where it has ended or never was."""
    row = await (
        await db.execute(
            "SELECT seen_at < now() - %s, person.* FROM sessions"  # noqa: S608
            f" JOIN (SELECT {users.COLUMNS} FROM users) AS person ON person.id = user_id"
            " WHERE hash = %s AND expires_at > now() AND seen_at > now() - %s"
            " AND disabled_at IS NULL",
            [SEEN_EVERY, digest(session), IDLE],
        )
    ).fetchone()
    if row is None:
        return None
    unnoted, *person = row
    if unnoted:
        await db.execute("UPDATE sessions SET seen_at = now() WHERE hash = %s", [digest(session)])
    return User(*person)


async def listed(db: Connection, user: int, own: str) -> list[Session]:
    """Where a user is signed in, `own` first, then the last used."""
    rows = await db.execute(
        "SELECT id, device, created_at, seen_at, hash = %s AS own FROM sessions"
        " WHERE user_id = %s AND expires_at > now() AND seen_at > now() - %s"
        " ORDER BY own DESC, seen_at DESC",
        [digest(own), user, IDLE],
    )
    return [Session(*row) async for row in rows]


async def counts(db: Connection) -> dict[int, int]:
    """By user, at how many places they are signed in."""
    rows = await db.execute(
        "SELECT user_id, count(*) FROM sessions WHERE expires_at > now() AND seen_at > now() - %s"
        " GROUP BY user_id",
        [IDLE],
    )
    return dict(await rows.fetchall())


async def close(db: Connection, session: str) -> None:
    await db.execute("DELETE FROM sessions WHERE hash = %s", [digest(session)])


async def end(db: Connection, user: int, id: int) -> list[str]:
    """End a session of this user's, if it hasn't ended; its device."""
    rows = await db.execute(
        "DELETE FROM sessions WHERE user_id = %s AND id = %s RETURNING device", [user, id]
    )
    return [device for (device,) in await rows.fetchall()]


async def end_all(db: Connection, user: int, *, but: str = "") -> list[str]:
    """End a user's sessions; `but` this one. Their devices."""
    rows = await db.execute(
        "DELETE FROM sessions WHERE user_id = %s AND hash <> %s RETURNING device",
        [user, digest(but)],
    )
    return [device for (device,) in await rows.fetchall()]

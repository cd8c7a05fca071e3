"""The table `inboxes`: mailboxes that were added on the pages. Passwords come and go encrypted."""

from dataclasses import astuple, dataclass
from typing import Literal

from buzon.store.db import Connection

_COLUMNS = "name, host, port, security, username, password, folder, after, auth"


@dataclass(frozen=True, slots=True)
class Inbox:
    """What config.Mailbox needs to know; the `password` is encrypted."""

    name: str
    host: str
    port: int | None
    security: Literal["tls", "starttls", "none"]
    username: str
    password: str
    folder: str
    after: str
    auth: Literal["password", "oauth2"] = "password"


async def listed(db: Connection) -> list[Inbox]:
    rows = await db.execute(f"SELECT {_COLUMNS} FROM inboxes ORDER BY name")  # noqa: S608
    return [Inbox(*row) async for row in rows]


async def put(db: Connection, inbox: Inbox) -> None:
    """Add it, or change the one of this name; every process hears of it when this commits."""
    await db.execute(
        """
        INSERT INTO inboxes (name, host, port, security, username, password, folder, after,
                             auth)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (name) DO UPDATE
        SET host = excluded.host, port = excluded.port, security = excluded.security,
            username = excluded.username, password = excluded.password,
            folder = excluded.folder, after = excluded.after, auth = excluded.auth
        """,
        astuple(inbox),
    )


async def remove(db: Connection, name: str) -> int:
    """How many there were of this name. Where its reading was stays known."""
    return (await db.execute("DELETE FROM inboxes WHERE name = %s", [name])).rowcount

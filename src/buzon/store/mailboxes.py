"""The table `mailboxes`: how far each mailbox was read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from buzon.errors import DatabaseError
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a folder: every mail up to `last_uid`, under this `uidvalidity`, is stored."""

    mailbox: str
    folder: str
    uidvalidity: int
    last_uid: int
    marked_uid: int
    started_at: datetime
    read_at: datetime
    host: str | None
    username: str | None


class CursorMoved(DatabaseError):
    """Another reader has read this mailbox meanwhile; what we were about to store is its work."""


async def cursor(db: Connection, mailbox: str) -> Cursor | None:
    row = await (
        await db.execute(
            """
            SELECT name, folder, uidvalidity, last_uid, marked_uid, started_at, read_at, host,
                   username
            FROM mailboxes WHERE name = %s
            """,
            [mailbox],
        )
    ).fetchone()
    return Cursor(*row) if row else None


async def start(db: Connection, mailbox: str, folder: str, uidvalidity: int, last_uid: int) -> None:
    """First contact: reading begins after `last_uid`."""
    await db.execute(
        """
        INSERT INTO mailboxes (name, folder, uidvalidity, last_uid, marked_uid, started_at)
        VALUES (%(name)s, %(folder)s, %(validity)s, %(uid)s, %(uid)s, now())
        ON CONFLICT (name) DO UPDATE
        SET folder = %(folder)s, uidvalidity = %(validity)s, last_uid = %(uid)s,
            marked_uid = %(uid)s, started_at = now(), read_at = now()
        """,
        {"name": mailbox, "folder": folder, "validity": uidvalidity, "uid": last_uid},
    )


async def note_account(db: Connection, mailbox: str, host: str, username: str) -> None:
    """Say whose numbers the cursor's are."""
    await db.execute(
        "UPDATE mailboxes SET host = %s, username = %s WHERE name = %s", [host, username, mailbox]
    )


async def move(db: Connection, old: Cursor, *, uidvalidity: int, last_uid: int) -> None:
    """Move the cursor from where we know it. Raises CursorMoved where it is elsewhere: a reader
    that lost its lock without noticing can't store anything.

    Under another `uidvalidity` nothing up to `last_uid` is left to be marked: which of those mails
    are ours, their numbers no longer tell."""
    done = await db.execute(
        """
        UPDATE mailboxes
        SET uidvalidity = %(validity)s, last_uid = %(uid)s, read_at = now(),
            marked_uid = CASE WHEN uidvalidity = %(validity)s THEN marked_uid ELSE %(uid)s END
        WHERE name = %(name)s AND uidvalidity = %(old_validity)s AND last_uid = %(old_uid)s
        """,
        {
            "name": old.mailbox,
            "validity": uidvalidity,
            "uid": last_uid,
            "old_validity": old.uidvalidity,
            "old_uid": old.last_uid,
        },
    )
    if done.rowcount != 1:
        raise CursorMoved(f"The mailbox {old.mailbox} is read by another process now.")


async def marked(db: Connection, mailbox: str, uid: int) -> None:
    """Every mail up to `uid` was marked or moved as the settings ask."""
    await db.execute("UPDATE mailboxes SET marked_uid = %s WHERE name = %s", [uid, mailbox])


RECENT = 1000  # events that are looked through for the last mail of each


@dataclass(frozen=True, slots=True)
class Last:
    """When a mailbox's cursor last moved, None where it hasn't since first contact; and how long
    its last mail, where that is among the recent ones, had been there when it was stored."""

    read_at: datetime | None
    lag: timedelta | None


async def last(db: Connection) -> dict[str, Last]:
    """By mailbox."""
    rows = await db.execute(
        """
        WITH recent AS (
            SELECT id, mailbox, stored_at, received_at FROM events ORDER BY id DESC LIMIT %s
        ), newest AS (
            SELECT DISTINCT ON (mailbox) mailbox, stored_at - received_at AS lag
            FROM recent ORDER BY mailbox, id DESC
        )
        SELECT m.name, nullif(m.read_at, m.started_at), n.lag
        FROM mailboxes m LEFT JOIN newest n ON n.mailbox = m.name
        """,
        [RECENT],
    )
    return {name: Last(read_at, lag) async for name, read_at, lag in rows}

"""The table `parked`: mails that could not become an event, whole, with the reason. Empty are those
that the mailbox's server did not hand out: they are still there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from buzon.records import RawMail, Source
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked mail. `size` is in bytes, 0 where the server did not hand the mail out."""

    id: int
    mailbox: str
    source: Source
    parked_at: datetime
    reason: str
    size: int


async def add(db: Connection, raw: RawMail, reason: str) -> None:
    """Nothing is done where it is a mail of an import that is parked already: its batch may come
    again."""
    await db.execute(
        "INSERT INTO parked (mailbox, source, uid, reason, content) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (mailbox, sha256(content)) WHERE source = 'import' DO NOTHING",
        [raw.mailbox, raw.source, raw.uid, reason.replace("\0", ""), raw.content],
    )


async def count(db: Connection) -> int:
    row = await (await db.execute("SELECT count(*) FROM parked")).fetchone()
    return int(row[0]) if row else 0


COLUMNS = "id, mailbox, source, parked_at, reason, octet_length(content)"


async def newest(db: Connection, limit: int, before: int | None = None) -> list[Parked]:
    """The last that were parked, older than number `before`."""
    rows = await db.execute(
        f"SELECT {COLUMNS} FROM parked WHERE id < coalesce(%s, 9223372036854775807)"  # noqa: S608
        " ORDER BY id DESC LIMIT %s",
        [before, limit],
    )
    return [Parked(*row) for row in await rows.fetchall()]


async def get(db: Connection, id: int) -> tuple[Parked, bytes] | None:
    """A parked mail and its content."""
    rows = await db.execute(
        f"SELECT {COLUMNS}, content FROM parked WHERE id = %s",  # noqa: S608
        [id],
    )
    row = await rows.fetchone()
    return (Parked(*row[:-1]), bytes(row[-1])) if row else None


async def remove(db: Connection, ids: Collection[int]) -> list[Parked]:
    """They have become events, or nobody wants them. Those that were still there."""
    rows = await db.execute(
        f"DELETE FROM parked WHERE id = ANY(%s) RETURNING {COLUMNS}",  # noqa: S608
        [list(ids)],
    )
    return [Parked(*row) for row in await rows.fetchall()]

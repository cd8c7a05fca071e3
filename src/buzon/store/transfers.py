"""The tables `transfers` and `transfer_pieces`: imports and exports that were asked for on the
pages, how far each is, and its file.

uploading → waiting → running → done | failed | stopped; the last two go back to waiting when they
are to go on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg import errors

from buzon.errors import BuzonError, Conflict, DatabaseUnreachable, NotFound, TooLarge
from buzon.store.db import Connection

PIECE = 4 * 1024 * 1024  # bytes of each piece of an upload but the last
UNDER_WAY, WAIT = "Such an export is under way.", "Wait for it, or stop it."
KEPT = timedelta(days=3)  # how long a file is kept that nothing is done with
AWAITED = timedelta(hours=1)  # the next piece of an upload

Kind = Literal["import", "mails", "corrections"]
State = Literal["uploading", "waiting", "running", "done", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Transfer:
    """`position` of `length` is done: bytes of an import, numbers of what is exported. `taken` were
    stored or written; `has_file`: its file, or what there is of it, is still kept."""

    id: int
    kind: Kind
    asked_at: datetime
    asked_by: str
    name: str
    mailbox: str
    state: State
    position: int
    length: int
    taken: int
    known: int
    refused: int
    size: int
    why: str
    finished_at: datetime | None
    has_file: bool

    @property
    def open(self) -> bool:
        return self.state in ("waiting", "running")

    @property
    def share(self) -> float:
        return min(self.position / self.length, 1.0) if self.length else 0.0

    @property
    def may_go_on(self) -> bool:
        """Whether it has ended early, and its file is there as it was left."""
        whole = self.kind != "import" or self.size == self.length
        return self.state in ("failed", "stopped") and self.has_file and whole


COLUMNS = """
    id, kind, asked_at, asked_by, name, mailbox, state, position, length, taken, known, refused,
    size, why, finished_at, EXISTS (SELECT FROM transfer_pieces WHERE transfer_id = transfers.id)
"""

# The shortest first: they take seconds, minutes, hours.
NEXT = """
    SELECT id FROM transfers WHERE state IN ('waiting', 'running')
    ORDER BY array_position(ARRAY['corrections', 'mails', 'import'], kind), id LIMIT 1
"""

ROOM = 5 * 1024**3  # bytes of all files: they lie on the disk that mails come in to

# What the database fails for and still answers: it would fail each minute again.
LACKING = {
    errors.DiskFull: ("The database's disk is full.", "Make room there, then try again."),
    errors.OutOfMemory: ("The database is short of memory.", "Give it more, then try again."),
    errors.QueryCanceled: ("The database's administrator or time limit ended it.", "Try again."),
}


class Ended(Exception):
    """Somebody has stopped the transfer that is being worked on."""


async def add(
    db: Connection,
    kind: Kind,
    who: str,
    name: str,
    *,
    mailbox: str = "",
    state: State = "waiting",
    length: int = 0,
) -> int:
    """The number of a new one. Raises Conflict where an export of this kind is under way."""
    try:
        async with db.transaction():
            row = await (
                await db.execute(
                    "INSERT INTO transfers (kind, asked_by, name, mailbox, state, length)"
                    " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
                    [kind, who, name, mailbox, state, length],
                )
            ).fetchone()
    except errors.UniqueViolation as error:
        raise Conflict(UNDER_WAY, WAIT) from error
    assert row is not None  # noqa: S101 - RETURNING gives a row
    return int(row[0])


async def get(db: Connection, id: int) -> Transfer:
    """It stays as it is until the transaction ends. Raises NotFound."""
    rows = await db.execute(
        f"SELECT {COLUMNS} FROM transfers WHERE id = %s FOR UPDATE",  # noqa: S608
        [id],
    )
    if (row := await rows.fetchone()) is None:
        raise NotFound("There is no such import or export.")
    return Transfer(*row)


async def count_uploading(db: Connection) -> int:
    """Files of which pieces are awaited."""
    rows = await db.execute("SELECT count(*) FROM transfers WHERE state = 'uploading'")
    row = await rows.fetchone()
    return int(row[0]) if row else 0


async def newest(db: Connection, limit: int) -> list[Transfer]:
    rows = await db.execute(
        f"SELECT {COLUMNS} FROM transfers ORDER BY id DESC LIMIT %s",  # noqa: S608
        [limit],
    )
    return [Transfer(*row) async for row in rows]


async def begin(db: Connection) -> Transfer | None:
    """The one that is to be done next, or that a process died over; None where none is. The caller
    holds the lock of those that do it."""
    rows = await db.execute(
        f"UPDATE transfers SET state = 'running' WHERE id = ({NEXT}) RETURNING {COLUMNS}"  # noqa: S608
    )
    row = await rows.fetchone()
    return Transfer(*row) if row else None


async def is_next(db: Connection, id: int) -> bool:
    """Whether nothing shorter came in while it was done, and nobody stopped it."""
    rows = await db.execute(NEXT)
    return await rows.fetchone() == (id,)


async def note(
    db: Connection, id: int, position: int, taken: int, known: int = 0, refused: int = 0
) -> None:
    """How far it is. Raises Ended where it is no longer under way: then what this transaction did
    is not to be."""
    done = await db.execute(
        """
        UPDATE transfers SET position = %s, taken = %s, known = %s, refused = %s
        WHERE id = %s AND state = 'running'
        """,
        [position, taken, known, refused, id],
    )
    if not done.rowcount:
        raise Ended


async def finish(
    db: Connection, id: int, state: Literal["done", "failed", "stopped"], why: str = ""
) -> None:
    """Raises Ended where it has ended already."""
    done = await db.execute(
        "UPDATE transfers SET state = %s, why = %s, finished_at = now()"
        " WHERE id = %s AND finished_at IS NULL",
        [state, why, id],
    )
    if not done.rowcount:
        raise Ended


async def go_on(db: Connection, id: int) -> None:
    """It is to be done, or to go on where it was. Raises Conflict as `add` does."""
    try:
        async with db.transaction():
            await db.execute(
                "UPDATE transfers SET state = 'waiting', why = '', finished_at = NULL"
                " WHERE id = %s",
                [id],
            )
    except errors.UniqueViolation as error:
        raise Conflict(UNDER_WAY, WAIT) from error


async def add_piece(db: Connection, id: int, number: int, content: bytes) -> None:
    """One more piece of its file; a piece that came before is written over."""
    await db.execute(
        """
        INSERT INTO transfer_pieces VALUES (%s, %s, %s)
        ON CONFLICT (transfer_id, number) DO UPDATE SET content = excluded.content
        """,
        [id, number, content],
    )
    await db.execute(
        """
        UPDATE transfers
        SET size = (SELECT sum(octet_length(content)) FROM transfer_pieces WHERE transfer_id = id),
            heard_at = now()
        WHERE id = %s
        """,
        [id],
    )


def lacking(error: DatabaseUnreachable) -> BuzonError | None:
    """What the database lacks that answered so; None where nobody answered."""
    known = LACKING.get(type(error.__cause__))  # type: ignore[arg-type]
    return BuzonError(*known) if known else None


async def append(db: Connection, id: int, content: bytes) -> None:
    """More of the file that is being written. Raises TooLarge where all of them leave no room."""
    await db.execute(
        """
        INSERT INTO transfer_pieces
        SELECT %(id)s, 1 + coalesce(max(number), -1), %(content)s
        FROM transfer_pieces WHERE transfer_id = %(id)s
        """,
        {"id": id, "content": content},
    )
    await db.execute("UPDATE transfers SET size = size + %s WHERE id = %s", [len(content), id])
    kept = await db.execute(
        "SELECT sum(size) FROM transfers"
        " WHERE EXISTS (SELECT FROM transfer_pieces WHERE transfer_id = transfers.id)"
    )
    (size,) = await kept.fetchone() or (0,)
    if size > ROOM:
        raise TooLarge(
            "All files here would be larger than 5 GB together.",
            "Delete those that nobody needs, or run this on Buzón's machine: buzon export",
        )


async def piece(db: Connection, id: int, number: int) -> bytes | None:
    rows = await db.execute(
        "SELECT content FROM transfer_pieces WHERE transfer_id = %s AND number = %s", [id, number]
    )
    row = await rows.fetchone()
    return bytes(row[0]) if row else None


async def drop_file(db: Connection, id: int) -> None:
    await db.execute("DELETE FROM transfer_pieces WHERE transfer_id = %s", [id])


async def drop_old(db: Connection) -> None:
    """Files that nothing was done with for so long, and uploads that broke off."""
    await db.execute(
        """
        WITH broken_off AS (
            UPDATE transfers SET state = 'stopped', finished_at = now()
            WHERE state = 'uploading' AND heard_at < now() - %s RETURNING id
        )
        DELETE FROM transfer_pieces USING broken_off WHERE transfer_id = id
        """,
        [AWAITED],
    )
    await db.execute(
        """
        DELETE FROM transfer_pieces p USING transfers t
        WHERE t.id = p.transfer_id AND t.finished_at < now() - %s
        """,
        [KEPT],
    )


async def open_imports(db: Connection) -> list[str]:
    """The files of imports that have not ended, also of those whose file is still coming."""
    rows = await db.execute(
        "SELECT name FROM transfers WHERE kind = 'import' AND finished_at IS NULL ORDER BY id"
    )
    return [name for (name,) in await rows.fetchall()]


async def withdraw_files(db: Connection) -> None:
    """No export and no file of an import that has ended is kept any longer: somebody in it is to be
    forgotten."""
    await db.execute(
        "UPDATE transfers SET state = 'stopped', finished_at = now()"
        " WHERE kind <> 'import' AND finished_at IS NULL"
    )
    await db.execute(
        "DELETE FROM transfer_pieces p USING transfers t"
        " WHERE t.id = p.transfer_id AND t.finished_at IS NOT NULL"
    )

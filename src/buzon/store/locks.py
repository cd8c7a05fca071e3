"""Advisory locks that say who does what: they go with the connection that holds them."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from buzon.store.db import Connection, Database, explained

# Class of the locks that readers of mailboxes hold; the object is a hash of the mailbox's name.
READERS = 0x5244

# Class of the locks that each process holds which reads mailboxes; the object is its number.
READING = 0x5247

TRAINING = 0x5452
RENAMING = 0x524E
TRANSFERS = 0x5452414E
FIRST_MODEL = 0x4D4F44
PROMOTIONS = 0x50524F


class Lock:
    """A lock on a connection of its own. `held` turns False when that connection is lost."""

    def __init__(self, db: Database, group: int, number: int) -> None:
        self.db = db
        self.group = group
        self.number = number
        self._connection: Connection | None = None

    @property
    def held(self) -> bool:
        return self._connection is not None and not self._connection.closed

    @property
    def pid(self) -> int | None:
        """The database's process that holds it, as far as we know."""
        return self._connection.info.backend_pid if self._connection else None

    async def try_take(self) -> bool:
        """Take the lock unless somebody else has it. Raises DatabaseUnreachable."""
        await self.release()
        connection = await self.db.connect()
        with explained(self.db.url):
            row = await (
                await connection.execute(
                    "SELECT pg_try_advisory_lock(%s, %s)", [self.group, self.number]
                )
            ).fetchone()
        if row and row[0]:
            self._connection = connection
            return True
        await connection.close()
        return False

    async def check(self) -> bool:
        """Whether the connection, and with it the lock, is still there; asks the server."""
        if self._connection is None:
            return False
        try:
            async with asyncio.timeout(10):
                await self._connection.execute("SELECT 1")
        except (psycopg.Error, TimeoutError):
            await self.release()
            return False
        return True

    async def is_held(self, db: Connection) -> bool:
        """Whether the server says so at this moment of a transaction that is to be the holder's
        alone. A process that was stopped for a while goes on without knowing that its connection
        is gone and the lock another's."""
        if self._connection is None:
            return False
        rows = await db.execute(
            """
            SELECT FROM pg_locks
            WHERE locktype = 'advisory' AND granted AND pid = %s
              AND classid::bigint = %s AND objid::bigint = %s AND objsubid = 2
            """,
            # The numbers are signed where the lock is taken, and not where it is seen.
            [self._connection.info.backend_pid, self.group % 2**32, self.number % 2**32],
        )
        return await rows.fetchone() is not None

    async def release(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                await self._connection.close()
            self._connection = None


async def reader(db: Database, mailbox: str) -> Lock:
    """The lock that the one active reader of a mailbox holds."""
    async with db.transaction() as connection:
        row = await (await connection.execute("SELECT hashtext(%s)", [mailbox])).fetchone()
    return Lock(db, READERS, row[0] if row else 0)


async def reader_numbers(db: Database, mailboxes: Sequence[str]) -> Mapping[str, int]:
    """The numbers of these mailboxes' locks, as `reading` tells them."""
    async with db.transaction() as connection:
        rows = await connection.execute(
            "SELECT name, hashtext(name) FROM unnest(%s::text[]) AS name", [list(mailboxes)]
        )
        return {name: number % 2**32 async for name, number in rows}


async def reading_process(db: Database) -> Lock:
    """The lock that says that this process reads mailboxes."""
    return Lock(db, READING, await next_worker_number(db))


@dataclass(frozen=True, slots=True)
class Reading:
    """Which of the database's processes holds each lock of a mailbox; and how many processes of
    Buzón's read."""

    holders: Mapping[int, int]
    processes: int


async def reading(db: Connection) -> Reading:
    """Who reads just now."""
    rows = await db.execute(
        """
        SELECT classid::bigint, objid::bigint, pid FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint = ANY(%s)
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        [[READERS, READING]],
    )
    found = await rows.fetchall()
    holders = {number: pid for group, number, pid in found if group == READERS}
    return Reading(holders, len(found) - len(holders))


async def next_worker_number(db: Database) -> int:
    async with db.transaction() as connection:
        row = await (await connection.execute("SELECT nextval('worker_number')")).fetchone()
    return int(row[0]) if row else 0


async def first_model(db: Connection) -> None:
    """One process at a time looks whether there is a model, for the length of its transaction."""
    await db.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_MODEL])


async def promotions(db: Connection) -> None:
    """One at a time decides which model is at work, for the length of its transaction."""
    await db.execute("SELECT pg_advisory_xact_lock(%s)", [PROMOTIONS])

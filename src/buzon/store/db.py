"""The connections to PostgreSQL, and what its errors mean to us."""

import asyncio
import math
import select
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from buzon.errors import DatabaseError, DatabaseUnreachable

Connection = AsyncConnection[tuple[Any, ...]]

# For queries of tables that grow: a plan that PostgreSQL keeps is that of the table as it was, and
# one of an empty table reads all of it, each time, until it is next analyzed.
PREPARE = False

PATIENCE = 10.0  # seconds that somebody waits for a connection

# A host that was cut off, or lost its power, says no goodbye. Both sides notice within five
# seconds, so that its locks go and others do what it did: silence is asked about after two seconds
# and each second from then on, and what was sent may go without acknowledgment for five.
SILENCE, ASK_EVERY, ASK_TIMES, UNHEARD_MS = 2, 1, 3, 5000
OURS: dict[str, Any] = {
    "keepalives_idle": SILENCE,
    "keepalives_interval": ASK_EVERY,
    "keepalives_count": ASK_TIMES,
    "tcp_user_timeout": UNHEARD_MS,
}
THEIRS = f"""
    SELECT set_config('tcp_keepalives_idle', '{SILENCE}', false),
           set_config('tcp_keepalives_interval', '{ASK_EVERY}', false),
           set_config('tcp_keepalives_count', '{ASK_TIMES}', false),
           set_config('tcp_user_timeout', '{UNHEARD_MS}', false)
"""


class ContentRefused(DatabaseError):
    """PostgreSQL refuses a value or a row: trying the same again can't help."""


class Database:
    """A pool of connections; `transaction()` lends one and commits at its end, `reading()` one to
    ask."""

    def __init__(self, url: str, *, size: int = 10) -> None:
        self.url = url
        self._away_at = -math.inf
        self.pool = AsyncConnectionPool[Connection](
            url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=PATIENCE,
            # Tried again while somebody waits; who asks after that has it tried anew. With more,
            # the pauses grow, and a database that is back is noticed late; with 0, never in time.
            reconnect_timeout=PATIENCE,
            check=_check,
            configure=_have_silence_noticed,
            kwargs={"application_name": "buzon", **OURS},
        )

    async def open(self) -> None:
        await self.pool.open()

    async def close(self) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def transaction(self, *, by: str = "") -> AsyncIterator[Connection]:
        """A connection in a transaction. `by` is who does it: triggers note the name under what is
        changed. Raises DatabaseUnreachable where trying again may help, ContentRefused where it
        can't."""
        try:
            with explained(self.url):
                async with self.pool.connection() as connection:
                    if by:
                        await connection.execute("SELECT set_config('buzon.who', %s, true)", [by])
                    yield connection
        except DatabaseUnreachable:
            self.note_away()
            raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection for questions, or for what one statement writes and commits. As in a
        transaction each is told what was committed until then, but none begins or ends: two ways to
        the server and back less. Raises DatabaseUnreachable, and ContentRefused as it does."""
        async with self.transaction() as connection:
            await connection.set_autocommit(True)
            try:
                yield connection
            finally:
                if connection.info.transaction_status == TransactionStatus.IDLE:
                    await connection.set_autocommit(False)
                else:  # whoever had it next would begin no transaction
                    await connection.close()

    def note_away(self) -> None:
        """It was out of reach until now, or we were not there ourselves."""
        self._away_at = time.monotonic()

    @property
    def well_for(self) -> float:
        """Seconds since it was last found out of reach by this process."""
        return time.monotonic() - self._away_at

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[Connection]:
        """A transaction on a connection of its own: one that waits for others takes none from the
        pool."""
        connection = await self.connect(autocommit=False)
        with explained(self.url):
            async with connection:
                yield connection

    async def connect(self, *, autocommit: bool = True) -> Connection:
        """A connection of one's own, for LISTEN and for advisory locks."""
        with explained(self.url):
            connection = await AsyncConnection.connect(
                self.url,
                autocommit=autocommit,
                application_name="buzon",
                connect_timeout=10,
                **OURS,
            )
            await _have_silence_noticed(connection)
            return connection


async def together(db: Connection, *questions: Coroutine[Any, Any, Any]) -> list[Any]:
    """The answers to questions that don't hang on each other, all put before the first is answered
    (psycopg's pipeline mode): on a busy machine each way to the server and back waits for two
    turns."""
    try:
        async with db.pipeline(), asyncio.TaskGroup() as group:
            answers = [group.create_task(question) for question in questions]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    finally:
        for question in questions:
            question.close()  # of a lost connection none was asked
    return [answer.result() for answer in answers]


async def _check(connection: Connection) -> None:
    """Raise psycopg.OperationalError where the server hung up while nobody used the connection.
    What it says unasked can be read already: only then is it worth a question."""
    unasked = select.poll()
    unasked.register(connection.fileno(), select.POLLIN)
    if unasked.poll(0):
        await AsyncConnectionPool.check_connection(connection)


async def _have_silence_noticed(connection: Connection) -> None:
    """By the server, where it is behind a network."""
    if not connection.info.host.startswith("/"):
        await connection.execute(THEIRS)
        if not connection.autocommit:
            await connection.commit()


# What only another value or row would cure: what fits no type or constraint, what a trigger
# refuses, and a value too large. Nothing else may count as that: mails would be set aside, and
# answers be sent again, because a server took no writes for a moment.
CONTENT = (
    psycopg.DataError,
    psycopg.IntegrityError,
    errors.RaiseException,
    errors.ProgramLimitExceeded,  # to psycopg an OperationalError
)
AWAY = (
    PoolTimeout,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.ReadOnlySqlTransaction,  # such as of a server that became a standby
    errors.IdleInTransactionSessionTimeout,
)


class explained:  # noqa: N801 - reads as a phrase: `with explained(url):`
    """Turns psycopg's errors into ours."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CONTENT):
            raise ContentRefused(f"The database refuses: {_first_line(error)}.") from error
        if isinstance(error, AWAY):
            raise unreachable(self.url, error) from error
        if isinstance(error, psycopg.Error):
            raise DatabaseError(f"The database refuses: {_first_line(error)}.") from error


def unreachable(url: str, error: BaseException) -> DatabaseUnreachable:
    """The error for a database that does not answer, with its address but no password."""
    return DatabaseUnreachable(
        f"The database at {address(url)} is not available: {_first_line(error)}.",
        "Check that it runs, BUZON_DATABASE_URL, and that its disk is not full.",
    )


def address(url: str) -> str:
    """Host, port and database of a URL, without user and password."""
    try:
        parts = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "an address that can't be read"
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")

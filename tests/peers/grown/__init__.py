"""A database that has grown through the versions: beside this, by migration, the rows that the
program of that time wrote. They are written right after it, so that each later one meets them."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg

from buzon.store import schema

ALL = sorted(file.stem for file in (schema.FOLDER / "migrations").glob("*.sql"))


def steps(url: str, upto: str = ALL[-1]) -> Iterator[tuple[str, Callable[[], None]]]:
    """Migrate step by step: the name of each, and what writes the rows that belong to it."""
    for migration in ALL:
        if migration <= upto:
            schema.migrate(url, [migration])
            yield migration, partial(_write_rows, url, migration)


def grow(url: str, upto: str) -> None:
    """The database as it was under this migration, with rows."""
    for _, write_rows in steps(url, upto):
        write_rows()


def _write_rows(url: str, migration: str) -> None:
    rows = Path(__file__).parent / f"{migration}.sql"
    if rows.exists():
        with psycopg.connect(url) as db:
            db.execute(rows.read_text())

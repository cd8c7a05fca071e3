"""`buzon backup`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from buzon.cli.parts import external_url
from buzon.config import Settings
from buzon.errors import BackupError
from buzon.store import backup as store
from buzon.store import backup_file, schema
from buzon.store.backup_file import Kept, Manifest, Writing
from buzon.store.db import address, explained
from buzon.store.embedded import Embedded


def backup(settings: Settings, file: Path) -> None:
    with backup_file.write(file) as writing, database(settings) as url:
        manifest = _write(url, writing)
    rows = sum(table.rows for table in manifest.tables)
    megabytes = file.stat().st_size / 1e6
    mails = next((table.rows for table in manifest.tables if table.name == "events"), 0)
    print(f"{file}: {rows:,} rows of {len(manifest.tables)} tables, {megabytes:.1f} MB.")
    print(f"It holds the {mails:,} mails of the database {_place(settings)}.")
    for name in manifest.secrets:
        print(f"Not in it, to be entered again where it is restored: {name}.")


def _place(settings: Settings) -> str:
    """Whoever called from another folder backed up another database, and must see it."""
    if settings.database_url is not None:
        return f"at {address(settings.database_url.get_secret_value())}"
    return f"in {settings.data_dir.absolute()}"


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of the database, running, with the tables that it happens to have."""
    if settings.database_url is not None:
        yield external_url(settings)
        return
    embedded = Embedded(settings.data_dir)
    try:
        yield embedded.start()
    finally:
        embedded.stop()


@contextmanager
def bar(words: str, total: int) -> Iterator[Progress]:
    """How far it is, on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        progress.add_task(words, total=total)
        yield progress


def _write(url: str, writing: Writing) -> Manifest:
    migrations = schema.applied(url)
    if not migrations:
        raise BackupError(f"There is no Buzón in the database at {address(url)}.", "Check it.")
    schema.refuse_newer(migrations, f"The database at {address(url)}")
    with explained(url), psycopg.connect(url, application_name="buzon backup") as db:
        tables = store.tables(db)
        db.rollback()
        store.freeze(db, [table.name for table in tables])
        kept = list(_copied(db, writing, tables))
        manifest = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            migrations=tuple(sorted(migrations)),
            tables=tuple(kept),
            numbers=store.numbers(db),
            secrets=tuple(store.secrets(db, [table.name for table in tables])),
        )
    writing.manifest(manifest)
    return manifest


def _copied(db: store.Plain, writing: Writing, tables: Iterable[store.Table]) -> Iterator[Kept]:
    counts = {table: store.count(db, table) for table in tables}
    with bar("Rows", sum(counts.values())) as progress:
        for table, rows in counts.items():
            yield writing.table(table.name, table.columns, rows, store.contents(db, table))
            progress.advance(progress.task_ids[0], rows)

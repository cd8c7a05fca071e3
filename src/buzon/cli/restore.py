"""`buzon restore`: a backup comes back, into a place in which nothing is kept.

Nothing goes out from there until somebody says so on the pages: the Buzón that was backed up may
have answered what was waiting then, and what has come since.
"""

from pathlib import Path

import psycopg

from buzon.cli.backup import bar, database
from buzon.cli.migrate import bring_up_to_date
from buzon.config import Settings
from buzon.errors import BackupError, SettingsError
from buzon.store import backup as store
from buzon.store import backup_file, schema
from buzon.store.backup_file import Kept, Manifest, Reading
from buzon.store.db import address, explained


def restore(settings: Settings, file: Path) -> None:
    _refuse_to_answer(settings)
    with backup_file.read(file) as reading:
        manifest = reading.manifest
        schema.refuse_newer(manifest.migrations, str(file))
        with bar("Checking", manifest.size) as progress:
            for table in manifest.tables:
                reading.verify(table)
                progress.advance(progress.task_ids[0], table.size)
        with database(settings) as url:
            with explained(url):
                _make_tables(url, manifest)
                _fill(url, reading)
            bring_up_to_date(url, settings)
            with explained(url), psycopg.connect(url) as db:
                store.silence(db)  # again, for a backup from before there were settings
    _tell(manifest)


def _refuse_to_answer(settings: Settings) -> None:
    if settings.answering == "on" and "answering" in settings.model_fields_set:
        raise SettingsError(
            "BUZON_ANSWERING=on is set, with which a restored Buzón would answer mails again that "
            "the other one has answered.",
            "Remove it, restore, and switch answers on later, on the page Settings.",
        )


def _make_tables(url: str, manifest: Manifest) -> None:
    """Those that the backup was made of, empty."""
    with psycopg.connect(url) as db:
        if not store.is_empty(db):
            raise BackupError(
                f"The database at {address(url)} is not empty: a backup would mix with what is "
                "there.",
                "Stop Buzón, and give it a new database, or another BUZON_DATA_DIR.",
            )
    if schema.applied(url) != set(manifest.migrations):
        with psycopg.connect(url) as db:
            store.clear(db)
        schema.migrate(url, manifest.migrations)


def _fill(url: str, reading: Reading) -> None:
    """All of it or nothing."""
    manifest = reading.manifest
    names = [table.name for table in manifest.tables]
    with psycopg.connect(url, application_name="buzon restore") as db:
        store.make_room(db, names)
        with bar("Restoring", manifest.size) as progress:
            for table in manifest.tables:
                store.put_back(db, store.Table(table.name, table.columns), reading.pieces(table))
                _refuse_unless_all_there(db, table)
                progress.advance(progress.task_ids[0], table.size)
        store.go_on_from(db, names, manifest.numbers)
        store.silence(db)


def _refuse_unless_all_there(db: store.Plain, table: Kept) -> None:
    there = store.count(db, store.Table(table.name, table.columns))
    if there != table.rows:
        raise BackupError(
            f"Of {table.name} {there} rows came back, not {table.rows}. Nothing was restored.",
            "Take another backup.",
        )


def _tell(manifest: Manifest) -> None:
    rows = sum(table.rows for table in manifest.tables)
    print(f"{rows:,} rows are back, as of {manifest.made_at}.")
    print(
        "Mails will be read and sorted, and nobody answered: the Buzón of then may have done so.\n"
        "When that one is stopped for good, switch answers on, on the page Settings."
    )
    if any("webhook" in name for name in manifest.secrets):
        print("Webhooks are off: of their addresses only the host was kept.")
    for name in manifest.secrets:
        print(f"To be entered again on the pages: {name}.")

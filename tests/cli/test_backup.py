"""A backup is made while mails come in, and comes back whole, elsewhere."""

import asyncio
import json
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from buzon.cli.backup import backup
from buzon.cli.chosen import Chooser
from buzon.cli.migrate import migrate
from buzon.cli.parts import make_policy
from buzon.cli.restore import restore
from buzon.cli.safe import Safe
from buzon.config import Settings
from buzon.errors import BackupError, SchemaOutdated, SettingsError
from buzon.flow import Flow, Lottery, handle_mails, label
from buzon.store import backup as store
from buzon.store import inboxes, schema, settings
from buzon.store.db import address
from buzon.store.inboxes import Inbox
from peers import grown
from peers.flows import StubClassifier, make_flow, open_database, raw_mail
from peers.postgres import Server


def settings_of(url: str, folder: Path) -> Settings:
    return Settings(database_url=SecretStr(url), data_dir=folder, models_dir=folder / "models")


def rows(url: str) -> dict[str, list[str]]:
    """Everything in the tables that a backup holds."""
    with psycopg.connect(url) as db:
        return {
            table.name: sorted(
                row[0] for row in db.execute(f"SELECT t::text FROM {table.name} t").fetchall()
            )
            for table in store.tables(db)
        }


async def fill(flow: Flow, mails: range) -> None:
    for number in mails:
        raw = raw_mail(
            sender=f"ana{number}@example.org",
            subject=f"Pedido {number}\t\\N «ñ»",
            message_id=f"<{number}@example.org>",
        )
        await handle_mails(replace(flow, lottery=Lottery(b"any", part=1.0)), [raw])


@pytest.fixture
def empty(postgres_server: Server) -> Iterator[str]:
    with postgres_server.new_database(None) as url:
        yield url


async def test_a_backup_that_is_made_while_mails_come_in_is_one_moment_and_comes_back_whole(
    flow: Flow, database_url: str, empty: str, tmp_path: Path
) -> None:
    await fill(flow, range(40))
    await label(flow.db, [1, 2, 3], "reclamacion", "ana")
    enough = threading.Event()

    async def keep_coming() -> None:
        number = 1000
        while not enough.is_set():
            await fill(flow, range(number, number + 1))
            number += 1

    coming = asyncio.create_task(keep_coming())
    await asyncio.to_thread(backup, settings_of(database_url, tmp_path), tmp_path / "b.zip")
    enough.set()
    await coming
    await asyncio.to_thread(restore, settings_of(empty, tmp_path), tmp_path / "b.zip")

    before, after = rows(database_url), rows(empty)
    count = len(after["events"])
    assert 40 <= count < len(before["events"])
    assert set(after["events"]) <= set(before["events"])
    for child in ("raw_mails", "outbox", "audits"):
        assert len(after[child]) == count, child  # of each mail all that is of it, or nothing
    for same in ("corrections", "categories", "users", "secrets", "statistics_clock"):
        assert after[same] == before[same], same


async def test_each_table_comes_back_as_it_was(
    flow: Flow, database_url: str, empty: str, tmp_path: Path
) -> None:
    await fill(flow, range(10))
    await label(flow.db, [1, 2], "otro", "ana")
    async with flow.db.transaction(by="ana") as db:
        await settings.put(db, "company", "Cajas")
        await db.execute("UPDATE outbox SET status = 'sent', sent_at = now()")
    await asyncio.to_thread(backup, settings_of(database_url, tmp_path), tmp_path / "b.zip")
    await asyncio.to_thread(restore, settings_of(empty, tmp_path), tmp_path / "b.zip")

    before, after = rows(database_url), rows(empty)
    assert after.pop("settings") == ['(answering,"""off""",)', *before.pop("settings")]
    noted = set(after.pop("changes")) - set(before.pop("changes"))
    assert [store.SAID_BY in note and "answering" in note for note in noted] == [True]
    assert after == before
    schema.check(empty)


async def test_a_restored_buzon_answers_nobody_until_somebody_says_so_and_then_no_mail_of_before(
    flow: Flow, classifier: StubClassifier, database_url: str, empty: str, tmp_path: Path
) -> None:
    await fill(flow, range(3))
    await asyncio.to_thread(backup, settings_of(database_url, tmp_path), tmp_path / "b.zip")
    given = settings_of(empty, tmp_path).model_copy(
        update={"smtp_host": "smtp.example.com", "smtp_from": "hola@example.com"}
    )
    await asyncio.to_thread(restore, given, tmp_path / "b.zip")
    async with open_database(empty) as db:
        hold = await Chooser(given).settings(db)
        quiet = replace(await make_flow(db, classifier), policy=make_policy(hold, b"s" * 32))
        await fill(quiet, range(3))  # what the Buzón of then has answered, and is read again
        await fill(quiet, range(100, 102))  # and what has come since
        async with db.transaction(by="ana") as connection:
            await settings.forget(connection, "answering")
        again = await Chooser(given).settings(db)
        loud = replace(quiet, policy=make_policy(again, b"s" * 32))
        await fill(loud, range(200, 201))
        async with db.transaction() as connection:
            found = await connection.execute(
                "SELECT event_id, status, detail FROM outbox ORDER BY event_id"
            )
            states = await found.fetchall()
    assert [status for _, status, _ in states] == ["kept"] * 5 + ["queued"]
    assert [detail for _, _, detail in states[:3]] == [store.NOT_SENT] * 3


async def test_passwords_are_not_in_the_file_and_what_must_be_entered_again_is_told(
    flow: Flow, database_url: str, empty: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = settings_of(database_url, tmp_path)
    locked = Safe(given).lock("hunter2")
    async with flow.db.transaction(by="ana") as db:
        await settings.put_secret(db, "smtp_password", locked)
        await inboxes.put(db, Inbox("ventas", "imap.x.org", None, "tls", "v", locked, "INBOX", ""))
        await db.execute(
            "INSERT INTO sign_in_links (hash, expires_at) VALUES ('abc', now() + interval '1 day')"
        )
    file = tmp_path / "b.zip"
    await asyncio.to_thread(backup, given, file)
    with zipfile.ZipFile(file) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert locked.encode() not in everything
    assert file.stat().st_mode & 0o777 == 0o600
    await asyncio.to_thread(restore, settings_of(empty, tmp_path), file)
    told = capsys.readouterr().out
    assert f"It holds the 0 mails of the database at {address(database_url)}." in told
    assert "To be entered again on the pages: smtp_password." in told
    assert "To be entered again on the pages: the password of the mailbox ventas." in told
    async with open_database(empty) as db:
        hold = await Chooser(settings_of(empty, tmp_path)).settings(db)
    assert hold.mailboxes == ()  # left out, and the page of mailboxes asks for it


async def test_of_a_webhook_s_address_the_host_alone_is_kept_and_it_comes_back_switched_off(
    flow: Flow, database_url: str, empty: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with flow.db.transaction(by="ana") as db:
        await db.execute(
            "INSERT INTO webhooks (name, url, secret, kinds, content, made_by) VALUES"
            " ('Slack', 'https://hooks.example.com/services/T0/B0/geheim?k=geheim', 's3cret',"
            " '{alarm.raised}', 'ids', 'ana')"
        )
    file = tmp_path / "b.zip"
    await asyncio.to_thread(backup, settings_of(database_url, tmp_path), file)
    with zipfile.ZipFile(file) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"hooks.example.com" in everything
    assert not any(secret in everything for secret in (b"geheim", b"s3cret", b"/services"))
    await asyncio.to_thread(restore, settings_of(empty, tmp_path), file)
    with psycopg.connect(empty) as back:
        row = back.execute("SELECT url, secret, disabled_at IS NULL FROM webhooks").fetchone()
    assert row == ("https://hooks.example.com", "", False)
    told = capsys.readouterr().out
    assert "To be entered again on the pages: the address and the secret of the webhook" in told
    assert "Webhooks are off" in told


def test_what_may_let_somebody_in_is_left_out_or_a_hash(database_url: str) -> None:
    """Who adds a column for a secret decides here what becomes of it in a backup."""
    with psycopg.connect(database_url) as db:
        found = {
            f"{table.name}.{column}"
            for table in store.tables(db)
            for column in table.columns
            if any(word in column for word in ("password", "secret", "token", "hash", "key"))
        }
    blanked = {f"{table}.{column}" for table in store.BLANKED for column in store.BLANKED[table]}
    assert found - blanked == {
        "users.password",  # argon2id
        "tokens.hash",
        "settings.secret",  # rows with one are left out
        "events.message_key",
        "categories.key",  # of the keyboard
        "outbox.subject_key",
        "rollups.keys",
        "rollup_changes.keys",
    }


async def test_numbers_go_on_behind_those_that_were_given(
    flow: Flow, classifier: StubClassifier, database_url: str, empty: str, tmp_path: Path
) -> None:
    await fill(flow, range(5))
    await asyncio.to_thread(backup, settings_of(database_url, tmp_path), tmp_path / "b.zip")
    await asyncio.to_thread(restore, settings_of(empty, tmp_path), tmp_path / "b.zip")
    async with open_database(empty) as db:
        await fill(await make_flow(db, classifier), range(50, 52))
    assert len(rows(empty)["events"]) == 7


def make_backup(url: str, folder: Path) -> Path:
    backup(settings_of(url, folder), folder / "b.zip")
    return folder / "b.zip"


async def test_a_place_that_is_not_empty_is_refused_and_left_as_it_was(
    flow: Flow, database_url: str, tmp_path: Path
) -> None:
    await fill(flow, range(2))
    file = await asyncio.to_thread(make_backup, database_url, tmp_path)
    before = rows(database_url)
    with pytest.raises(BackupError, match=r"is not empty.*BUZON_DATA_DIR"):
        await asyncio.to_thread(restore, settings_of(database_url, tmp_path), file)
    assert rows(database_url) == before


def test_a_database_with_fresh_tables_is_empty(
    postgres_server: Server, database_url: str, tmp_path: Path
) -> None:
    file = make_backup(database_url, tmp_path)
    with postgres_server.new_database(schema.migrate) as fresh:
        restore(settings_of(fresh, tmp_path), file)
        schema.check(fresh)


def test_a_file_that_is_there_is_not_written_over(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("precious")
    with pytest.raises(BackupError, match="is there already"):
        make_backup(database_url, tmp_path)
    assert (tmp_path / "b.zip").read_text() == "precious"


def test_a_backup_that_fails_leaves_no_file(empty: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="There is no Buzón"):
        make_backup(empty, tmp_path)
    assert list(tmp_path.iterdir()) == []


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def alter(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["tables/categories"] = entries["tables/categories"].replace(b"Order", b"Orden")
    _write(file, entries)


def flip(file: Path) -> None:
    """A bit of the rows that take most room; not all of an archive's own headers is looked at."""
    with zipfile.ZipFile(file) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.compress_size)
    header = file.read_bytes()[largest.header_offset :][:30]
    rows = largest.header_offset + 30 + sum(struct.unpack("<HH", header[26:]))
    content = bytearray(file.read_bytes())
    content[rows + largest.compress_size // 2] ^= 0xFF
    file.write_bytes(content)


def _write(file: Path, entries: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("damage", [cut, alter, flip])
def test_a_damaged_backup_is_refused_before_anything_is_written(
    database_url: str, empty: str, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    file = make_backup(database_url, tmp_path)
    damage(file)
    with pytest.raises(BackupError, match="Take another"):
        restore(settings_of(empty, tmp_path), file)
    assert schema.applied(empty) == set()


def test_a_backup_of_a_newer_buzon_is_refused(
    database_url: str, empty: str, tmp_path: Path
) -> None:
    file = make_backup(database_url, tmp_path)
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(entries["manifest.json"])
    manifest["migrations"].append("9999_future")
    _write(file, entries | {"manifest.json": json.dumps(manifest).encode()})
    with pytest.raises(SchemaOutdated, match=r"newer Buzón \(9999_future\)"):
        restore(settings_of(empty, tmp_path), file)
    assert schema.applied(empty) == set()


def test_answers_that_are_on_by_environment_are_refused(
    database_url: str, empty: str, tmp_path: Path
) -> None:
    file = make_backup(database_url, tmp_path)
    given = Settings(database_url=SecretStr(empty), answering="on")
    with pytest.raises(SettingsError, match=r"BUZON_ANSWERING=on.*Remove it"):
        restore(given, file)


def test_the_embedded_database_is_backed_up_and_restored_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b")
    from buzon.store.embedded import Embedded

    embedded = Embedded(old.data_dir)
    try:
        url = embedded.start()
        schema.migrate(url)
        with psycopg.connect(url) as db:
            db.execute("INSERT INTO users (email, name, role) VALUES ('a@x.org', 'ana', 'viewer')")
        backup(old, tmp_path / "b.zip")  # beside one that uses it
        told = f"It holds the 0 mails of the database in {tmp_path / 'a'}."
        assert told in capsys.readouterr().out
    finally:
        embedded.stop()
    restore(new, tmp_path / "b.zip")
    embedded = Embedded(new.data_dir)
    try:
        assert "ana" in str(rows(embedded.start())["users"])
    finally:
        embedded.stop()


@pytest.mark.parametrize("version", ["0001_initial", "0012_webhooks"])
def test_a_backup_of_an_older_buzon_is_restored_and_brought_up_to_date(
    postgres_server: Server, empty: str, tmp_path: Path, version: str
) -> None:
    grown.grow(empty, version)
    file = make_backup(empty, tmp_path)
    with postgres_server.new_database(schema.migrate) as fresh:
        restore(settings_of(fresh, tmp_path), file)
        schema.check(fresh)
        before, after = rows(empty), rows(fresh)
    moved = {
        "settings",
        "changes",
        "imports",
        "rollups",
        "rollup_changes",
    }  # a migration's, or ours
    assert {name: len(after[name]) for name in before.keys() - moved} == {
        name: len(found) for name, found in before.items() if name not in moved
    }
    assert any('answering,"""off"""' in row for row in after["settings"])


def test_a_buzon_refuses_the_database_of_a_newer_one(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url) as db:
        db.execute("INSERT INTO _yoyo_migration VALUES ('x', '9999_future', now())")
    for command in (migrate, lambda settings: backup(settings, tmp_path / "b.zip")):
        with pytest.raises(SchemaOutdated, match=r"newer Buzón.*Install that version"):
            command(settings_of(database_url, tmp_path))

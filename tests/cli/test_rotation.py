"""Everything that is locked, locked with a new key: whole or not at all, and never unreadable."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from buzon.cli.rotation import rotate
from buzon.cli.safe import FILE, Safe, WrongKey
from buzon.config import Settings
from buzon.errors import SettingsError
from buzon.store import locked
from buzon.store.db import Database
from peers.scene import wait_until

SECRET = "siete cajas"


def settings(database_url: str, folder: Path, **changes: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, data_dir=folder, **changes)


def fill(database_url: str, safe: Safe) -> None:
    """One secret of each kind."""
    with psycopg.connect(database_url) as db:
        for statement in (
            "INSERT INTO inboxes (name, host, security, username, password, folder, after)"
            " VALUES ('a', 'h', 'tls', 'u', %s, 'INBOX', 'none')",
            "INSERT INTO settings (name, secret) VALUES ('smtp_password', %s)",
            "INSERT INTO webhooks (name, url, secret, kinds, content, made_by)"
            " VALUES ('casa', 'https://x.org', %s, '{alarm.raised}', 'ids', 'ana')",
            "INSERT INTO mail_grants (account, provider, refresh_token, access_token, expires_at,"
            " granted_by) VALUES ('u', 'other', %s, %s, now(), 'ana')",
        ):
            db.execute(statement, [safe.lock(SECRET) for _ in range(statement.count("%s"))])


def kept(database_url: str) -> list[str]:
    found = []
    with psycopg.connect(database_url) as db:
        for table, _, column in locked.COLUMNS:
            rows = db.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
            found += [row[0] for row in rows]
    return found


def test_every_column_that_is_locked_is_known(database_url: str) -> None:
    """Whoever adds one says in its comment that it is encrypted, and here."""
    schema = (Path(locked.__file__).parent / "schema" / "init.sql").read_text()
    assert schema.count("encrypted, with a key that is not here") == len(locked.COLUMNS) - 1
    with psycopg.connect(database_url) as db:
        rows = db.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name ~ '(password|secret|_token)$'"
            " AND table_name NOT IN ('users', 'secrets')"
        ).fetchall()
    assert {(table, column) for table, _, column in locked.COLUMNS} == set(rows)


async def test_all_are_locked_with_a_new_key_and_how_many_is_told(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = settings(database_url, tmp_path)
    fill(database_url, Safe(given))
    old, key = kept(database_url), (tmp_path / FILE).read_text()
    await rotate(given)
    assert capsys.readouterr().out == "5 passwords and tokens are locked with the new key.\n"
    assert key.strip() not in (tmp_path / FILE).read_text()
    assert [Safe(given).unlock(secret) for secret in kept(database_url)] == [SECRET] * 5
    with pytest.raises(WrongKey):
        Safe(given).unlock(old[0])


async def test_with_given_keys_both_are_needed(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database_url, Safe(settings(database_url, tmp_path, secret_key="vieja")))
    with pytest.raises(SettingsError, match="Give the present one as BUZON_OLD_SECRET_KEY"):
        await rotate(settings(database_url, tmp_path, secret_key="vieja"))
    both = settings(database_url, tmp_path, secret_key="nueva", old_secret_key="vieja")
    await rotate(both)
    assert "BUZON_OLD_SECRET_KEY can go" in capsys.readouterr().out
    alone = Safe(settings(database_url, tmp_path, secret_key="nueva"))
    assert [alone.unlock(secret) for secret in kept(database_url)] == [SECRET] * 5


async def test_what_another_key_locked_stops_it_and_nothing_is_changed(
    database_url: str, tmp_path: Path
) -> None:
    given = settings(database_url, tmp_path)
    fill(database_url, Safe(given))
    with psycopg.connect(database_url) as db:
        foreign = Safe(settings(database_url, tmp_path / "b")).lock(SECRET)
        db.execute("UPDATE mail_grants SET refresh_token = %s", [foreign])
    before = kept(database_url)
    with pytest.raises(WrongKey):
        await rotate(given)
    assert kept(database_url) == before
    assert Safe(given).unlock(before[0]) == SECRET


async def test_killed_in_the_middle_it_leaves_all_readable_and_goes_on_when_run_again(
    db: Database, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = settings(database_url, tmp_path)
    fill(database_url, Safe(given))
    environment = {
        **os.environ, "BUZON_DATABASE_URL": database_url, "BUZON_DATA_DIR": str(tmp_path),
    }  # fmt: skip
    with psycopg.connect(database_url) as held:
        held.execute("LOCK TABLE changes IN SHARE MODE")  # it waits amid its first table
        command = [sys.executable, "-m", "buzon", "secrets", "rotate"]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment)
        wait_until(lambda: len((tmp_path / FILE).read_text().split()) == 2, "both keys are there")
        waiting = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'changes'::regclass"
        with psycopg.connect(database_url, autocommit=True) as other:
            wait_until(lambda: other.execute(waiting).fetchall(), "it is under way")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert [Safe(given).unlock(secret) for secret in kept(database_url)] == [SECRET] * 5
    (new, _) = (tmp_path / FILE).read_text().split()
    await rotate(given)
    assert (tmp_path / FILE).read_text().split() == [new]
    assert [Safe(given).unlock(secret) for secret in kept(database_url)] == [SECRET] * 5

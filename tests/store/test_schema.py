import asyncio
import shutil
import subprocess
from pathlib import Path

import procrastinate
import psycopg
import pytest
from psycopg.types.json import Jsonb

from buzon.errors import DatabaseUnreachable, SchemaOutdated
from buzon.store import schema
from peers.postgres import Server

ALL = sorted(file.stem for file in (schema.FOLDER / "migrations").glob("*.sql"))


def catalog(url: str) -> list[tuple[object, ...]]:
    """Everything in the schema that could differ, one row each."""
    with psycopg.connect(url) as db:
        return db.execute(
            """
            SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                   a.attnotnull::text, a.attstorage::text, a.attidentity::text,
                   pg_get_expr(d.adbin, d.adrelid)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
            LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
            UNION ALL
            SELECT 'index', tablename, indexname, indexdef, '', '', '', '' FROM pg_indexes
            WHERE schemaname = 'public'
            UNION ALL
            SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid),
                   '', '', '', '' FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'view', viewname, '', definition, '', '', '', '' FROM pg_views
            WHERE schemaname = 'public'
            UNION ALL
            SELECT 'function', proname, '', pg_get_functiondef(oid), '', '', '', '' FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid),
                   '', '', '', '' FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL
            SELECT 'type', t.typname, e.enumlabel, e.enumsortorder::text, '', '', '', ''
            FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
            UNION ALL
            SELECT 'comment', objoid::regclass::text, objsubid::text, description, '', '', '', ''
            FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid >= 16384
            UNION ALL
            SELECT 'sequence', sequencename, data_type::text, cycle::text, '', '', '', ''
            FROM pg_sequences
            ORDER BY 1, 2, 3, 4
            """
        ).fetchall()


def init(url: str) -> None:
    """Run init.sql as the entry point of the postgres image would."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute((schema.FOLDER / "init.sql").read_text())


def test_init_sql_gives_the_same_schema_as_the_migrations(
    postgres_server: Server, database_url: str
) -> None:
    with postgres_server.new_database(init) as url:
        assert catalog(url) == catalog(database_url)


def test_a_database_made_by_init_sql_has_nothing_to_migrate(postgres_server: Server) -> None:
    with postgres_server.new_database(init) as url:
        schema.check(url)
        assert schema.migrate(url) == []


def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    assert schema.migrate(empty_database_url) == ALL
    assert schema.migrate(empty_database_url) == []
    schema.check(empty_database_url)


async def test_migrating_at_once_from_two_processes_works(empty_database_url: str) -> None:
    both = [asyncio.to_thread(schema.migrate, empty_database_url) for _ in range(2)]
    assert sorted(await asyncio.gather(*both)) == [[], ALL]


def test_a_migration_goes_on_after_one_that_was_killed(empty_database_url: str) -> None:
    schema.migrate(empty_database_url)
    with psycopg.connect(empty_database_url, autocommit=True) as db:
        db.execute("INSERT INTO yoyo_lock VALUES (1, now(), 4711)")
        db.execute("DELETE FROM _yoyo_migration")
        db.execute("DROP SCHEMA public CASCADE")
        db.execute("CREATE SCHEMA public")
    assert schema.migrate(empty_database_url) == ALL


def migrate_until(url: str, last: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the version did whose last migration that was."""
    (folder / "migrations").mkdir()
    for name in ALL[: ALL.index(last) + 1]:
        shutil.copy(schema.FOLDER / f"migrations/{name}.sql", folder / "migrations")
    with monkeypatch.context() as patched:
        patched.setattr(schema, "FOLDER", folder)
        schema.migrate(url)


def test_what_webhooks_are_told_too_much_of_a_mail_is_taken_from_what_waits_for_them(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate_until(empty_database_url, "0018_hand_outs", tmp_path, monkeypatch)
    event = {"id": 7, "sender": "ana@example.org", "sender_name": "Ana", "subject": "Pedido"}
    reply = {"to": "ana@example.org", "subject": "Re: Pedido", "template": "pedido"}
    told = {"event": event, "reply": reply}
    with psycopg.connect(empty_database_url) as db:
        for content in ("ids", "summary"):
            db.execute(
                "WITH hook AS (INSERT INTO webhooks (name, url, secret, kinds, content, made_by)"
                " VALUES (%(content)s, 'http://x', '', '{reply.sent}', %(content)s, 'ana')"
                " RETURNING id) INSERT INTO webhook_deliveries (webhook_id, kind, data, status)"
                " SELECT id, 'reply.sent', %(told)s, status"
                " FROM hook, unnest('{queued,delivered}'::text[]) AS status",
                {"content": content, "told": Jsonb(told)},
            )
    assert "0019_webhooks" in schema.migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as db:
        kept = db.execute(
            "SELECT w.content, d.data FROM webhook_deliveries d"
            " JOIN webhooks w ON w.id = d.webhook_id ORDER BY d.id"
        ).fetchall()
    less = {"event": {"id": 7}, "reply": {"template": "pedido"}}
    assert kept == [("ids", less), ("ids", less), ("summary", told), ("summary", told)]


def test_tables_that_are_missing_are_told_with_the_remedy(empty_database_url: str) -> None:
    with pytest.raises(SchemaOutdated, match=r"0001_initial.*run: buzon migrate"):
        schema.check(empty_database_url)


def test_tables_of_a_newer_version_are_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as db:
        db.execute("INSERT INTO _yoyo_migration VALUES ('x', '9999_future', now())")
    with pytest.raises(SchemaOutdated, match=r"newer Buzón.*9999_future"):
        schema.check(database_url)


def test_an_unreachable_database_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnreachable, match=r"127\.0\.0\.1:1/nada") as caught:
        schema.check("postgresql://ana:hunter2@127.0.0.1:1/nada")
    assert "hunter2" not in str(caught.value)


def test_the_queue_s_tables_are_those_of_the_installed_procrastinate() -> None:
    whole = (schema.FOLDER / "init.sql").read_text()
    theirs = Path(procrastinate.__file__).parent / "sql" / "schema.sql"
    assert theirs.read_text().strip() in whole


def test_db_at_the_top_of_the_tree_is_the_schema_of_the_package(repository: Path) -> None:
    assert (repository / "db").resolve() == schema.FOLDER.resolve()
    listed = subprocess.run(
        ["git", "ls-files", "--error-unmatch", "db"], cwd=repository, capture_output=True
    )
    assert listed.returncode == 0

"""The role buzon_bi on a real server: it may read the views and set a label, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from psycopg import errors, sql

from buzon.errors import DatabaseError
from buzon.flow import Flow, handle_mails, label
from buzon.store import labels, roles, schema, webhook_deliveries
from buzon.store.db import Database
from peers.flows import raw_mail
from peers.postgres import Server
from peers.webhooks import add_webhook

PASSWORD = "sólo: 'mirar'"

Psql = psycopg.Connection[tuple[object, ...]]


@contextmanager
def signed_in(url: str, program: str = "psql", role: str = roles.BI) -> Iterator[Psql]:
    """As Metabase or a person with psql would: a session of the role's own."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    own = parts._replace(netloc=f"{role}:{quote(PASSWORD)}@{host}").geturl()
    with psycopg.connect(own, application_name=program, autocommit=True) as session:
        yield session


@pytest.fixture
def bi(db: Database) -> Iterator[Psql]:
    roles.open_to_bi(db.url, PASSWORD)
    with signed_in(db.url) as session:
        yield session


async def mail(flow: Flow) -> int:
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido")])
    return handled.event_id or 0


async def test_a_correction_in_metabase_or_by_sql_is_one_like_any_other(
    flow: Flow, db: Database, bi: Psql
) -> None:
    id = await mail(flow)
    with signed_in(db.url, "Metabase v0.58.15 [4f1]") as metabase:
        metabase.execute("UPDATE events SET true_label = 'consulta' WHERE id = %s", [id])
    bi.execute("UPDATE events SET true_label = 'incidencia' WHERE id = %s", [id])
    await label(db, [id], "pedido", "ana")
    async with db.transaction() as connection:
        history = await labels.history(connection, id)
        waits = await connection.execute("SELECT needs_review, labelled_by FROM events")
        assert await waits.fetchall() == [(False, "ana")]
    assert [(c.by, c.source, c.was, c.becomes) for c in history] == [
        ("buzon_bi", "metabase", None, "consulta"),
        ("buzon_bi", "sql", "consulta", "incidencia"),
        ("ana", "buzon", "incidencia", "pedido"),
    ]
    counted = bi.execute("SELECT predicted, label, mails FROM v_corrections").fetchall()
    assert counted == [("pedido", "pedido", 1)]


async def test_a_wrong_value_is_refused_with_a_sentence_that_names_the_categories(
    flow: Flow, bi: Psql
) -> None:
    id = await mail(flow)
    with pytest.raises(
        errors.CheckViolation,
        match=r'no category "Pedidos"\. There are: consulta, incidencia, otro, pedido, recla',
    ):
        bi.execute("UPDATE events SET true_label = 'Pedidos' WHERE id = %s", [id])
    assert bi.execute("SELECT true_label FROM events").fetchall() == [(None,)]


async def test_the_role_corrects_under_no_other_name_and_in_no_other_s_act(
    flow: Flow, db: Database, bi: Psql
) -> None:
    id = await mail(flow)
    await label(db, [id], "consulta", "ana")
    bi.execute("SET buzon.who = 'ana'")
    bi.execute("SET buzon.act = '1'")
    bi.execute("SET buzon.renaming = 'yes'")
    bi.execute("UPDATE events SET true_label = 'otro' WHERE id = %s", [id])
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT by, act FROM corrections ORDER BY id DESC LIMIT 1")
        assert await rows.fetchone() == ("buzon_bi", None)
        rows = await connection.execute("SELECT labelled_by FROM events")
        assert await rows.fetchone() == ("buzon_bi",)


async def test_webhooks_are_told_of_the_role_s_corrections_under_its_own_name_alone(
    flow: Flow, db: Database, bi: Psql
) -> None:
    webhook, _ = await add_webhook(flow, "http://127.0.0.1:9/", ["event.corrected"])
    id = await mail(flow)
    bi.execute("SET buzon.who = 'ana'")
    bi.execute("SET buzon.renaming = 'yes'")
    bi.execute("UPDATE events SET true_label = 'otro' WHERE id = %s", [id])
    await label(db, [id], "consulta", "ana")
    async with db.transaction() as connection:
        told = await webhook_deliveries.claim(connection, webhook, 9, timedelta(minutes=1))
    corrections = [delivery.data["correction"] for delivery in told]
    assert [(c["becomes"], c["by"]) for c in corrections] == [
        ("otro", "buzon_bi"),
        ("consulta", "ana"),
    ]


async def test_a_table_of_the_role_s_own_takes_the_place_of_none_of_ours(
    flow: Flow, db: Database, bi: Psql
) -> None:
    id = await mail(flow)
    bi.execute("CREATE TEMP TABLE categories (name text, retired_at timestamptz, created_at int)")
    bi.execute("INSERT INTO categories VALUES ('queja')")
    with pytest.raises(errors.CheckViolation, match="queja"):
        bi.execute("UPDATE events SET true_label = 'queja' WHERE id = %s", [id])
    bi.execute("CREATE TEMP TABLE corrections (LIKE categories)")
    bi.execute("UPDATE events SET true_label = 'otro' WHERE id = %s", [id])
    async with db.transaction() as connection:
        assert [c.becomes for c in await labels.history(connection, id)] == ["otro"]


async def test_the_role_may_do_nothing_but_read_the_views_and_set_a_label(
    flow: Flow, db: Database, bi: Psql
) -> None:
    await mail(flow)
    readable = bi.execute(
        """
        SELECT relname, attname, has_column_privilege(c.oid, attnum, 'SELECT'),
               has_column_privilege(c.oid, attnum, 'UPDATE'),
               has_column_privilege(c.oid, attnum, 'INSERT, REFERENCES')
               OR has_table_privilege(c.oid, 'DELETE, TRUNCATE, TRIGGER')
        FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p')
        """
    ).fetchall()
    views = {name for name, _, read, *_ in readable if read and name != "events"}
    assert views == {
        "v_categories_daily", "v_confidence_daily", "v_corrections", "v_model_accuracy",
        "v_reply_times", "v_mails", "v_categories",
    }  # fmt: skip
    of_events = {name for table, name, read, *_ in readable if table == "events" and read}
    assert of_events == {"id", "true_label"}
    changeable = {(table, name) for table, name, _, change, _ in readable if change}
    assert changeable == {("events", "true_label")}
    assert not any(more for *_, more in readable)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT body FROM events",
        "SELECT * FROM raw_mails",
        "SELECT * FROM rollups",
        "SELECT nextval('acts')",
        "UPDATE events SET category = 'otro'",
        "UPDATE v_mails SET true_label = 'otro'",
        "DELETE FROM events",
        "INSERT INTO corrections (event_id, by, predicted, model_version, was_to_review)"
        " VALUES (1, 'ana', 'otro', 'x', false)",
        "UPDATE categories SET retired_at = now()",
        "SELECT recount()",
        "CREATE TABLE mine (x int)",
    ],
)
async def test_whatever_else_the_role_tries_is_refused(
    flow: Flow, bi: Psql, statement: str
) -> None:
    await mail(flow)
    with pytest.raises((errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState)):
        bi.execute(statement)


def test_the_role_signs_in_with_the_password_that_migrate_was_given(db: Database, bi: Psql) -> None:
    with psycopg.connect(db.url) as owner:
        row = owner.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'buzon_bi'")
        (kept,) = row.fetchone() or ("",)
    assert str(kept).startswith("SCRAM-SHA-256$")
    assert bi.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
                      ).fetchall() == [("buzon_bi", False)]  # fmt: skip


def test_who_may_make_no_roles_is_told_what_an_administrator_must_do(
    postgres_server: Server, empty_database_url: str
) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as owner:
        owner.execute("CREATE ROLE buzon_lodger LOGIN PASSWORD 'x'")
        try:
            database = sql.Identifier(urlsplit(empty_database_url).path[1:])
            owner.execute(sql.SQL("ALTER DATABASE {} OWNER TO buzon_lodger").format(database))
            owner.execute("ALTER SCHEMA public OWNER TO buzon_lodger")
            parts = urlsplit(empty_database_url)
            host = parts.netloc.rpartition("@")[2]
            lodger = parts._replace(netloc=f"buzon_lodger:x@{host}").geturl()
            assert schema.migrate(lodger)
            with pytest.raises(
                DatabaseError, match=r"buzon_bi can't be made.*CREATE ROLE buzon_bi"
            ):
                roles.open_to_bi(lodger, PASSWORD)
        finally:
            owner.execute("DROP OWNED BY buzon_lodger")
            owner.execute(sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(database))
            owner.execute("DROP ROLE buzon_lodger")

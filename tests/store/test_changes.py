"""Who changed what is noted by every road, without secrets, and stays."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from buzon.errors import DatabaseError
from buzon.flow import add_category, people, retire_category
from buzon.flow.people import Visitor
from buzon.store import categories, changes, tokens, users
from buzon.store.changes import Change, Wanted
from buzon.store.db import Database

PASSWORD = "siete cajas azules"
HERE = Visitor("192.0.2.1", "Firefox")


async def noted(db: Database, **wanted: object) -> list[Change]:
    """The oldest first, to read them as they happened."""
    async with db.transaction() as connection:
        found = await changes.listed(connection, Wanted(**wanted), 100)  # type: ignore[arg-type]
    return found[::-1]


async def test_a_person_s_way_is_noted_with_who_did_it(db: Database) -> None:
    async with db.transaction(by="Ana Ruiz") as connection:
        link = await people.add_user(connection, "eva@example.com", "Eva Sanz", "viewer")
    await people.accept(db, link, PASSWORD, HERE)
    async with db.transaction(by="Ana Ruiz") as connection:
        eva = await users.by_email(connection, "eva@example.com")
        await users.set_role(connection, eva.id, "operator")
        await users.disable(connection, eva.id)
    added, invited, password, role, disabled = await noted(db)
    assert (added.by, added.what, added.which, added.was) == ("Ana Ruiz", "users", "Eva Sanz", None)
    assert added.becomes is not None
    assert added.becomes["role"] == "viewer"
    assert (invited.what, invited.which) == ("sign_in_links", "Eva Sanz")
    assert (password.by, password.becomes) == ("Eva Sanz", {"password": True})
    assert (role.was, role.becomes) == ({"role": "viewer"}, {"role": "operator"})
    assert disabled.was == {"disabled_at": None}


async def test_no_hash_of_a_password_a_link_or_a_token_is_noted(db: Database) -> None:
    async with db.transaction(by="Ana Ruiz") as connection:
        link = await people.add_user(connection, "eva@example.com", "Eva Sanz", "viewer")
        token = await tokens.add(connection, "n8n", scopes=["intake"], by="Ana Ruiz")
    await people.accept(db, link, PASSWORD, HERE)
    async with db.transaction() as connection:
        await tokens.use(connection, token)
        rows = await connection.execute("SELECT string_agg(changes::text, ' ') FROM changes")
        ((text,),) = await rows.fetchall()
    assert "argon2" not in text
    assert "hash" not in text
    assert "used_at" not in text
    assert token not in text
    assert (await noted(db, what="tokens"))[0].becomes == {"scopes": ["intake"]}


async def test_what_is_written_without_a_change_is_not_noted(db: Database) -> None:
    async with db.transaction() as connection:
        await connection.execute("UPDATE categories SET colour = colour")
    assert await noted(db) == []


async def test_who_changes_things_by_psql_is_noted_as_the_database_knows_them(
    db: Database, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        user = connection.info.user
        connection.execute("UPDATE categories SET colour = 'gold' WHERE name = 'otro'")
    (change,) = await noted(db)
    assert (change.by, change.which) == (user, "otro")
    assert (change.was, change.becomes) == ({"colour": "grey"}, {"colour": "gold"})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE changes SET by = 'nobody'",
        "DELETE FROM changes",
        "TRUNCATE changes",
    ],
)
async def test_what_was_noted_can_t_be_altered(db: Database, statement: str) -> None:
    await retire_category(db, "consulta", "ana")
    with pytest.raises(DatabaseError, match="What was changed stays noted"):
        async with db.transaction() as connection:
            await connection.execute(statement)  # type: ignore[arg-type]
    assert len(await noted(db)) == 1


async def test_changes_are_found_by_who_what_and_when(db: Database) -> None:
    await add_category(db, "averia", {"es": "Avería"}, "ana")
    await retire_category(db, "consulta", "eva")
    async with db.transaction(by="ana") as connection:
        await tokens.add(connection, "n8n", by="ana")
    assert [c.which for c in await noted(db, by="ana")] == ["averia", "n8n"]
    assert [c.which for c in await noted(db, what="categories")] == ["averia", "consulta"]
    now = datetime.now(UTC)
    assert len(await noted(db, since=now - timedelta(hours=1), until=now)) == 3
    assert await noted(db, until=now - timedelta(hours=1)) == []
    newest = (await noted(db))[-1]
    assert [c.which for c in await noted(db, before=newest.id)] == ["averia", "consulta"]
    async with db.transaction() as connection:
        assert await changes.authors(connection) == ["ana", "eva"]


async def test_a_moved_category_pushes_the_others_aside(db: Database) -> None:
    async with db.transaction() as connection:
        await categories.move(connection, "consulta", -2)
        await categories.move(connection, "otro", 7)
        names = [category.name for category in await categories.listed(connection)]
    assert names == ["consulta", "pedido", "incidencia", "reclamacion", "otro"]
    assert {c.which for c in await noted(db)} == {"consulta", "pedido", "incidencia"}


async def test_answers_and_quiet_hours_are_noted_without_their_texts(db: Database) -> None:
    async with db.transaction(by="Ana") as connection:
        await connection.execute(
            "INSERT INTO answer_templates (category, language, version, subject, text, made_by)"
            " VALUES ('pedido', 'es', 1, '', 'Gracias', 'Ana')"
        )
        await connection.execute(
            "INSERT INTO quiet_times (weekday, day, begins, ends)"
            " VALUES (6, NULL, '00:00', '00:00'), (NULL, '2026-12-25', '00:00', '00:00')"
        )
    async with db.transaction() as connection:
        rows = await connection.execute(
            "SELECT by, what, which, becomes::text FROM changes WHERE what IN"
            " ('answer_templates', 'quiet_times') ORDER BY id"
        )
        noted = await rows.fetchall()
    assert [row[:3] for row in noted] == [
        ("Ana", "answer_templates", "pedido"),
        ("Ana", "quiet_times", "6"),
        ("Ana", "quiet_times", "2026-12-25"),
    ]
    assert "Gracias" not in "".join(row[3] for row in noted)

"""docs/privacy.md is true: its table names all tables that hold something of customers, and after
the time that it says, or when they ask, nothing of them is left."""

import re
from pathlib import Path

import pytest

from buzon.config import Settings
from buzon.flow import Flow, Retention, erase_person, find_person, handle_mails
from buzon.store import parked, rollups, search, transfers
from buzon.store.db import Database
from flow.test_retention import age
from peers.flows import raw_mail

MARK = "zqxwvj"
MAIL = raw_mail(
    sender=f"{MARK} <{MARK}@x.org>",
    subject=f"Pedido {MARK}",
    body=MARK,
    message_id=f"<{MARK}@x.org>",
)
ROW = re.compile(r"^\| `([^`]+)` \| (.+?) \| (.+) \|$", re.M)


@pytest.fixture
def rows(repository: Path) -> list[tuple[str, str, str]]:
    return ROW.findall((repository / "docs" / "privacy.md").read_text("utf-8"))


@pytest.fixture
async def id(flow: Flow, db: Database) -> int:
    """The event of a mail of which there is something wherever there can be."""
    async with db.transaction() as connection:
        await connection.execute(
            "INSERT INTO webhooks (name, url, secret, kinds, content, made_by)"
            " VALUES ('crm', 'https://crm.example', '', '{event.stored}', 'text', 'ana')"
        )
    (handled,) = await handle_mails(flow, [MAIL])
    async with db.transaction() as connection:
        await search.index(connection, 9)
        await rollups.fold(connection)
        await parked.add(connection, MAIL, "refused")
        await connection.execute(
            "INSERT INTO idempotency_keys (token, key, digest, event_id, duplicate)"
            " SELECT 'n8n', sender, '', id, false FROM events"
        )
        await connection.execute(
            "INSERT INTO delivery_attempts (reply_id, number, status, detail)"
            " SELECT id, 1, 'sent', recipient FROM outbox"
        )
        export = await transfers.add(connection, "mails", "ana", "mails.jsonl")
        await transfers.append(connection, export, MARK.encode())
        await connection.execute(
            "INSERT INTO users (email, name, role) VALUES ('ana@example.com', 'Ana', 'viewer')"
        )
        await connection.execute(
            "INSERT INTO saved_views (user_id, name, query) SELECT id, 'One', %s FROM users",
            [f"q={MARK}%40x.org"],
        )
        await connection.execute(
            "INSERT INTO long_acts (number, kind, by, seen_at, wanted, last)"
            " VALUES (1, 'settle', 'ana', now(), jsonb_build_object('words', %s::text), 9)",
            [f"{MARK}@x.org"],
        )
    await handle_mails(flow, [MAIL, raw_mail(sender=f"{MARK}@x.org", message_id="<other@x.org>")])
    return handled.event_id or 0


async def holders(db: Database) -> set[str]:
    """The tables in which the customer's name is found, also within bytes."""
    found = set()
    async with db.transaction() as connection:
        rows = await connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        for (table,) in await rows.fetchall():
            held = await connection.execute(
                f"SELECT EXISTS (SELECT FROM {table} t WHERE t::text ~* %s)",
                [f"{MARK}|{MARK.encode().hex()}"],
            )
            if (await held.fetchone() or [False])[0]:
                found.add(table)
    return found


def tables(rows: list[tuple[str, str, str]]) -> set[str]:
    return {name for name, _, _ in rows if not name.startswith("BUZON_")}


async def test_its_table_names_all_that_holds_something_of_customers(
    db: Database, id: int, rows: list[tuple[str, str, str]]
) -> None:
    assert await holders(db) == tables(rows)


async def test_it_names_every_table(db: Database, repository: Path) -> None:
    told = set(re.findall(r"`(\w+)`", (repository / "docs" / "privacy.md").read_text("utf-8")))
    async with db.transaction() as connection:
        rows = await connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename !~ '^(procrastinate_|_?yoyo)'"
        )
        assert {table for (table,) in await rows.fetchall()} <= told


async def test_after_that_time_only_what_it_says_is_left(
    db: Database, id: int, rows: list[tuple[str, str, str]]
) -> None:
    await age(db, [id, id + 1, id + 2], 731)
    await Retention(db, 90, 730).carry_out()
    # A Message-ID stays until somebody asks; this one has the name in it.
    async with db.transaction() as connection:
        await connection.execute("UPDATE events SET message_id = '', message_key = id::text")
    assert await holders(db) == {
        name for name, _, until in rows if name in tables(rows) and "_KEEP_TEXT_" not in until
    }


async def test_when_they_ask_nothing_is_left(db: Database, id: int) -> None:
    await erase_person(db, await find_person(db, f"{MARK}@x.org"), "ana")
    assert await holders(db) == set()


def test_the_defaults_are_those_of_the_settings(rows: list[tuple[str, str, str]]) -> None:
    told = {name: default for name, default, _ in rows if name.startswith("BUZON_")}
    fields = Settings.model_fields
    assert told == {
        f"BUZON_{name.upper()}": str(fields[name].default)
        for name in ("keep_raw_days", "keep_text_days", "mask")
    }

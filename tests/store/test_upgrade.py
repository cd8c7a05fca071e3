"""A database of any earlier version, with rows in every table, is brought up to date: nothing is
lost, and the service works on it. A new table needs rows in peers/grown/.
"""

from collections.abc import Iterator

import psycopg
import pytest

from buzon.flow import handle_mails, label
from buzon.store import rollups, schema
from peers import grown
from peers.flows import StubClassifier, make_flow, open_database, raw_mail
from peers.postgres import Server

# What a migration may take away: whoever was signed in signs in again, an import looks again.
TAKEN = {"0003_recipients": {"imports"}, "0005_users": {"sign_in_links", "sessions"}}
FIGURES = {"rollups", "rollup_changes"}  # are counted anew

Counts = dict[str, int]


def counts(url: str) -> Counts:
    with psycopg.connect(url) as db:
        names = db.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename !~ '^(_?yoyo|procrastinate)_'"
        ).fetchall()
        count = "SELECT count(*) FROM {}"
        return {name: db.execute(count.format(name)).fetchone()[0] for (name,) in names}  # type: ignore[index, arg-type]


def mails(url: str) -> list[tuple[object, ...]]:
    """What customers wrote, and what they were answered."""
    with psycopg.connect(url) as db:
        return db.execute(
            "SELECT e.id, e.mailbox, e.message_id, e.sender, e.subject, e.body, e.received_at,"
            " r.content, o.status, o.recipient, o.body"
            " FROM events e JOIN raw_mails r ON r.event_id = e.id"
            " LEFT JOIN outbox o ON o.event_id = e.id ORDER BY e.id"
        ).fetchall()


def grow_old(url: str) -> list[str]:
    """Migrate step by step, each over rows of all the steps before; what was lost on the way."""
    lost, before, written = [], Counts(), []
    for migration, write_rows in grown.steps(url):
        after = counts(url)
        for table in before.keys() - TAKEN.get(migration, set()) - FIGURES:
            if after.get(table, 0) < before[table]:
                lost.append(f"{migration}: {before[table] - after.get(table, 0)} rows of {table}")
        if written and mails(url) != written:
            lost.append(f"{migration}: a mail is another one")
        write_rows()
        before, written = counts(url), mails(url)
    return lost


@pytest.fixture(scope="module")
def old(postgres_server: Server) -> Iterator[tuple[str, list[str]]]:
    with postgres_server.new_database(None) as url:
        yield url, grow_old(url)


def test_no_migration_loses_a_row(old: tuple[str, list[str]]) -> None:
    assert old[1] == []


def test_every_table_had_rows_when_it_was_migrated(old: tuple[str, list[str]]) -> None:
    empty = {table for table, count in counts(old[0]).items() if not count}
    assert empty - FIGURES == set()


async def test_the_service_works_on_what_was_migrated(
    old: tuple[str, list[str]], classifier: StubClassifier
) -> None:
    url, _ = old
    schema.check(url)
    async with open_database(url) as db:
        flow = await make_flow(db, classifier)
        again = raw_mail(
            sender="Ana Peña <ana1@example.org>",
            subject="Pedido 1 «ñ»",
            body="Hola,\n¿dónde está mi pedido 1?",
            message_id="<1@old.example.org>",
        )
        new = raw_mail(sender="luz@example.org", subject="Pedido", message_id="<new@example.org>")
        known, fresh = await handle_mails(flow, [again, new])
        assert (known.event_id, known.duplicate, fresh.duplicate) == (1, True, False)
        await label(db, [fresh.event_id or 0, 8], "incidencia", "ana")
        async with db.transaction() as connection:
            await rollups.fold(connection)
            counted = await connection.execute(
                "SELECT figure, sum(n) FROM counted WHERE figure IN ('mails', 'answers') GROUP BY 1"
            )
            assert dict(await counted.fetchall()) == {"mails": 41, "answers": 31}

"""The counts that triggers keep are those that counting anew gives, whatever happens to mails."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy

import psycopg
import pytest
from psycopg.types.json import Jsonb

from buzon.flow import Flow, handle_mails, label
from buzon.records import CATEGORIES
from buzon.store import audits, rollups, schema
from buzon.store.db import Connection, Database
from peers.flows import raw_mail

Counts = dict[tuple[object, ...], tuple[int, int]]


async def counts(db: Connection) -> Counts:
    rows = await db.execute(
        "SELECT figure, day, mailbox, keys, sum(n), sum(total) FROM counted"
        " GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 OR sum(total) <> 0"
    )
    return {
        (figure, day, mailbox, *keys): (n, total)
        async for figure, day, mailbox, keys, n, total in rows
    }


async def add_mail(db: Connection, chance: random.Random, id: int) -> None:
    at = datetime(2026, 3, 28, 12, tzinfo=UTC) + timedelta(hours=chance.randrange(72))
    await db.execute(
        """
        INSERT INTO events (id, mailbox, message_id, message_key, digest, thread_id, source,
            received_at, sender, sender_name, reply_to, recipients, subject, body, language,
            category, confidence, probabilities, model_version, needs_review, answered, signs,
            attachments, defects, size)
        VALUES (%s, %s, %s, %s, '', '', %s, %s, %s, '', '', '{}', '', '', %s, %s, %s, '{}', '1', %s,
                true, '[]', '[]', '{}', 1)
        """,
        [
            id, chance.choice(["a", "b"]), id, id, chance.choice(["imap", "import"]), at,
            chance.choice(["ana@x.org", "Ana@x.org", "luis@x.org"]), chance.choice(["es", "en"]),
            chance.choice(CATEGORIES), chance.choice([0.0, 0.05, 0.333, 1.0]),
            chance.random() < 0.3,
        ],
    )  # fmt: skip


async def add_answer(db: Connection, chance: random.Random, id: int) -> None:
    await db.execute(
        """
        INSERT INTO outbox (event_id, message_id, thread_id, mailbox, recipient, subject_key,
                            envelope_from, from_header, subject, body, html, headers, status,
                            sent_at)
        SELECT id, 'r' || id, '', mailbox, '', '', '', '', '', '', '', %s, %s, now()
        FROM events WHERE id = %s ON CONFLICT DO NOTHING
        """,
        [Jsonb({}), chance.choice(["queued", "kept", "sent"]), id],
    )


async def add_audit(db: Connection, chance: random.Random, id: int) -> None:
    await audits.fill_up(db, [id], chance.choice([0.2, 0.5]), {})


async def change(db: Connection, chance: random.Random, ids: list[int]) -> None:
    """One of the things that happen to mails."""
    some = chance.sample(ids, min(3, len(ids)))
    what, arguments = chance.choice(
        [
            ("UPDATE events SET true_label = %s WHERE id = ANY(%s)", [chance.choice(CATEGORIES)]),
            ("UPDATE events SET true_label = NULL WHERE id = ANY(%s)", []),
            (
                "UPDATE events SET category = %s, confidence = %s WHERE id = ANY(%s)",
                [chance.choice(CATEGORIES), chance.random()],
            ),
            ("UPDATE outbox SET status = 'sending' WHERE event_id = ANY(%s)", []),
            (
                "UPDATE outbox SET status = 'sent', sent_at = created_at - %s * interval '1 s'"
                " WHERE event_id = ANY(%s)",
                [chance.randrange(10**7)],
            ),
            ("UPDATE outbox SET status = 'failed' WHERE event_id = ANY(%s)", []),
            (
                "UPDATE outbox SET status = 'handed',"
                " handed_at = CASE WHEN id %% 2 = 0 THEN now() END WHERE event_id = ANY(%s)",
                [],
            ),
            (
                "UPDATE audits SET probability = %s WHERE event_id = ANY(%s)",
                [chance.choice([0.05, 1 / 3])],
            ),
            ("UPDATE audits SET category = 'pedido' WHERE event_id = ANY(%s)", []),
            ("DELETE FROM outbox WHERE event_id = ANY(%s)", []),
            ("DELETE FROM events WHERE id = ANY(%s)", []),
        ]
    )
    await db.execute(what, [*arguments, some])


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_happens_the_counts_are_those_that_counting_anew_gives(
    db: Database, seed: int
) -> None:
    chance = random.Random(seed)
    async with db.transaction() as connection:
        for id in range(1, 81):
            await add_mail(connection, chance, id)
            await chance.choice([add_answer, add_audit])(connection, chance, id)
            await change(connection, chance, list(range(1, id + 1)))
            if chance.random() < 0.1:
                await rollups.fold(connection)
        kept = await counts(connection)
        await rollups.recount(connection)
        assert kept == await counts(connection)
        assert {key[0] for key in kept} == {
            "mails", "languages", "hours", "categories by hour", "confidence", "certainty",
            "senders", "senders by month", "sources", "waiting", "labels",
            "answers", "reply times", "audits", "certainty by week", "reply times by week",
            "audits by week", "labels by week", "languages by week",
        }  # fmt: skip


async def test_folding_changes_no_count_and_leaves_nothing_to_fold(flow: Flow) -> None:
    await handle_mails(flow, [raw_mail(message_id=f"<{n}@x.org>") for n in range(5)])
    async with flow.db.transaction() as db:
        before = await counts(db)
        assert await rollups.fold(db) > 0
        assert await counts(db) == before
        assert await rollups.fold(db) == 0


async def test_a_correction_moves_a_mail_from_category_to_category(flow: Flow) -> None:
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido")])
    await label(flow.db, [handled.event_id or 0], "incidencia", "ana")
    async with flow.db.transaction() as db:
        shown = [k[3] for k in await counts(db) if k[0] in {"mails", "categories by hour"}]
    assert shown == ["incidencia", "incidencia"]


async def test_a_mail_counts_on_the_company_s_day_and_on_another_s_when_the_zone_is_changed(
    flow: Flow,
) -> None:
    late = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    await handle_mails(flow, [raw_mail(arrived_at=late)])
    async with flow.db.transaction() as db:
        found = [(str(k[1]), k[3]) for k in await counts(db) if k[0] == "hours"]
        assert found == [("2026-07-02", "0")]
        assert not await rollups.use_timezone(db, "Europe/Madrid")
        assert await rollups.use_timezone(db, "Asia/Kathmandu")
        found = [(str(k[1]), k[3]) for k in await counts(db) if k[0] == "hours"]
    assert found == [("2026-07-02", "4")]


async def test_writers_on_the_same_day_neither_wait_for_each_other_nor_lose_a_count(
    flow: Flow,
) -> None:
    mails = [raw_mail(message_id=f"<{n}@x.org>", subject="dudoso") for n in range(40)]
    ids = [handled.event_id or 0 for handled in await handle_mails(flow, mails)]
    chance = random.Random(7)

    async def set_labels() -> None:
        for _ in range(10):
            some = chance.sample(ids, 5)
            await label(flow.db, some, chance.choice(CATEGORIES), "ana")

    async def send() -> None:
        for id in ids[::4]:
            async with flow.db.transaction() as db:
                await db.execute("UPDATE outbox SET status = 'failed' WHERE event_id = %s", [id])

    async def bring() -> None:
        for n in range(5):
            await handle_mails(flow, [raw_mail(message_id=f"<later-{n}@x.org>")])

    async def fold() -> None:
        for _ in range(10):
            async with flow.db.transaction() as db:
                await rollups.fold(db)

    await asyncio.gather(set_labels(), set_labels(), send(), bring(), fold(), fold())
    async with flow.db.transaction() as db:
        kept = await counts(db)
        await rollups.recount(db)
        assert kept == await counts(db)
    assert sum(n for key, (n, _) in kept.items() if key[0] == "mails") == 45


def test_a_writer_that_has_not_committed_holds_up_no_other(database_url: str) -> None:
    with psycopg.connect(database_url) as one, psycopg.connect(database_url) as other:
        for writer in (one, other):
            writer.execute("SET lock_timeout = '1s'")
        for number, writer in enumerate((one, other, one, other)):
            writer.execute(
                """
                INSERT INTO events (mailbox, message_id, message_key, digest, thread_id, source,
                    received_at, sender, sender_name, reply_to, recipients, subject, body,
                    language, category, confidence, probabilities, model_version, needs_review,
                    answered, signs, attachments, defects, size)
                VALUES ('a', %s, %s, '', '', 'imap', now(), 'ana@x.org', '', '', '{}', '', '', 'es',
                        'pedido', 0.9, '{}', '1', true, true, '[]', '[]', '{}', 1)
                """,
                [number, number],
            )
        one.commit()
        other.commit()
        rows = other.execute("SELECT figure, n FROM counted WHERE figure = 'waiting'").fetchall()
    assert Counter(figure for figure, _ in rows) == {"waiting": 4}


async def test_what_was_in_an_external_sender_s_hands_is_counted_anew_by_the_migration(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "migrations").mkdir()
    for file in (schema.FOLDER / "migrations").glob("*.sql"):
        if file.stem < "0018":
            copy(file, tmp_path / "migrations")
    with monkeypatch.context() as before:
        before.setattr(schema, "FOLDER", tmp_path)
        schema.migrate(empty_database_url)
    chance = random.Random(1)
    async with await psycopg.AsyncConnection.connect(empty_database_url, autocommit=True) as db:
        for id in range(1, 31):
            await add_mail(db, chance, id)
            await add_answer(db, chance, id)
        await db.execute(
            "UPDATE outbox SET status = 'handed', handed_at = CASE WHEN id % 2 = 0 THEN now() END"
            " WHERE id % 3 = 0"
        )
        schema.migrate(empty_database_url)
        found = await counts(db)
        await rollups.recount(db)
        assert found == await counts(db)

"""A category with many mails gets another name step by step; who dies over it is followed."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from buzon.errors import Invalid
from buzon.flow import (
    Flow,
    add_category,
    carry_on_renaming,
    correct,
    handle_mails,
    label,
    rename_category,
)
from buzon.store import audits, events, labels, renamings, rollups
from buzon.store.db import Connection, Database
from buzon.store.filters import Filter
from peers.flows import raw_mail

MANY = 12_000
STEP = 500
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

# Of each three mails one is labelled as what it is held for, and one as another category.
MAILS = """
    INSERT INTO events (mailbox, message_id, message_key, digest, thread_id, source, received_at,
        sender, sender_name, reply_to, recipients, subject, body, language, category, confidence,
        probabilities, model_version, needs_review, answered, signs, attachments, defects, size)
    SELECT 'a', n::text, n::text, n::text, n::text, 'http', now() - n * interval '1 minute',
        'x@x.org', '', '', '{}', 's', 'b', 'es',
        (ARRAY['pedido', 'consulta', 'reclamacion'])[n %% 3 + 1], 0.9, '{}', 'stub-1', false, false,
        '[]', '[]', '{}', 1
    FROM generate_series(1, %s) AS n
"""
LABELS = """
    UPDATE events SET true_label = CASE id % 9 WHEN 3 THEN 'pedido' WHEN 1 THEN 'pedido'
                                               WHEN 6 THEN 'reclamacion' END
    WHERE id % 9 IN (1, 3, 6)
"""
AUDITS = """
    INSERT INTO audits (event_id, probability, category, confidence, model_version, threshold)
    SELECT id, 0.05, category, 0.9, model_version, 0.75 FROM events WHERE id % 4 = 0
"""

# What dies over it: so many mails a step, without end.
WORKER = """
import asyncio, sys
from buzon.flow import carry_on_renaming
from buzon.store import renamings
from buzon.store.db import Database

async def work(url):
    step = renamings.step
    async def slowly(*arguments):
        await step(*arguments)
        print("stepped", flush=True)
        await asyncio.sleep(0.05)
    renamings.step = slowly
    db = Database(url)
    await db.open()
    await carry_on_renaming(db, {mails})

asyncio.run(work(sys.argv[1]))
"""


async def many_mails(db: Database) -> None:
    async with db.transaction() as connection:
        await connection.execute(MAILS, [MANY])
        await connection.execute(AUDITS)
        await connection.execute(LABELS)


async def figures(db: Connection) -> list[tuple[object, ...]]:
    rows = await db.execute(
        "SELECT figure, day, keys, sum(n), sum(total) FROM counted"
        " GROUP BY 1, 2, 3 HAVING sum(n) <> 0 OR sum(total) <> 0 ORDER BY 1, 2, 3"
    )
    return await rows.fetchall()


async def as_counted_anew(db: Database) -> list[tuple[object, ...]]:
    """The figures as the mails themselves give them; what was counted stays as it is."""
    async with db.transaction() as connection:
        await rollups.recount(connection)
        found = await figures(connection)
        await connection.rollback()
    return found


async def standing(db: Database) -> tuple[object, ...]:
    """All that pages, figures and promise say of the two categories."""
    async with db.transaction() as connection:
        return (
            [
                await events.count(connection, Filter(shown=name), MANY)
                for name in ("pedido", "compra")
            ],
            [
                await events.count(connection, Filter(true_label=name), MANY)
                for name in ("pedido", "compra")
            ],
            {e.shown for e in await events.newest(connection, 200)},
            await labels.counts(connection),
            sum(one.right for one in await audits.checked(connection, LONG_AGO)),
            await figures(connection),
        )


async def old_names(db: Database) -> int:
    async with db.transaction() as connection:
        rows = await connection.execute(
            "SELECT (SELECT count(*) FROM events WHERE 'pedido' IN (category, true_label))"
            " + (SELECT count(*) FROM audits WHERE category = 'pedido')"
        )
        row = await rows.fetchone()
    return int(row[0]) if row else 0


def kill_after_steps(url: str, steps: int) -> None:
    """A worker renames, and is killed by the system in the middle."""
    program = WORKER.replace("{mails}", str(STEP))
    with subprocess.Popen(
        [sys.executable, "-c", program, url], stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout
        for _ in range(steps):
            assert worker.stdout.readline() == "stepped\n"
        worker.kill()


async def test_both_names_are_one_from_the_first_moment_and_whoever_dies_over_it_is_followed(
    flow: Flow, db: Database
) -> None:
    await many_mails(db)
    before = await old_names(db)
    await rename_category(db, "pedido", "compra", "ana")
    assert await old_names(db) == before > MANY / 3
    at_once = await standing(db)
    (shown_before, shown_now), (said_before, said_now), *_ = at_once
    assert shown_before == shown_now > MANY / 3  # also for who asks by the old name
    assert said_before == said_now > MANY / 9
    assert at_once[-1] == await as_counted_anew(db)

    await asyncio.to_thread(kill_after_steps, db.url, 4)
    assert 0 < await old_names(db) < before
    assert await standing(db) == at_once
    async with db.transaction() as connection:
        (left,) = await renamings.under_way(connection)
    assert 0 < left.share < 1

    await carry_on_renaming(db, STEP)
    assert await old_names(db) == 0
    assert await standing(db) == at_once
    assert at_once[-1] == await as_counted_anew(db)
    async with db.transaction() as connection:
        assert await renamings.under_way(connection) == []
        *_, last = await labels.history(connection, 3)
    assert (last.was, last.becomes, last.by) == ("pedido", "compra", "ana")


async def test_what_was_merged_counts_as_right_where_one_was_taken_for_the_other(
    flow: Flow, db: Database
) -> None:
    await many_mails(db)
    await rename_category(db, "pedido", "reclamacion", "ana")
    at_once = await standing(db)
    assert at_once[-1] == await as_counted_anew(db)
    await carry_on_renaming(db)
    assert await standing(db) == at_once


async def test_a_mail_that_is_judged_meanwhile_by_the_old_name_gets_the_new_one(
    flow: Flow, db: Database
) -> None:
    await rename_category(db, "pedido", "compra", "ana")
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido")])  # the model knows no other
    async with db.transaction() as connection:
        rows = await connection.execute(
            "SELECT category FROM events WHERE id = %s", [handled.event_id]
        )
        assert await rows.fetchone() == ("compra",)


async def test_nobody_is_told_of_a_conflict_since_a_mail_has_its_old_name_still(
    flow: Flow, db: Database
) -> None:
    (handled,) = await handle_mails(flow, [raw_mail(subject="Pedido")])
    id = handled.event_id or 0
    await label(db, [id], "pedido", "luis")
    await rename_category(db, "pedido", "compra", "ana")
    await correct(db, id, "consulta", "compra", "eva")
    await carry_on_renaming(db)
    async with db.transaction() as connection:
        event = await events.get(connection, id)
    assert event is not None
    assert (event.true_label, event.category) == ("consulta", "compra")


async def test_a_name_that_mails_are_giving_up_is_given_to_nothing_else_before_they_have(
    flow: Flow, db: Database
) -> None:
    await handle_mails(flow, [raw_mail(subject="Pedido")])
    await rename_category(db, "pedido", "compra", "ana")
    with pytest.raises(Invalid, match="Wait until that is done"):
        await add_category(db, "pedido", {}, "ana")
    with pytest.raises(Invalid, match="Wait until that is done"):
        await rename_category(db, "consulta", "pedido", "ana")
    await carry_on_renaming(db)
    await rename_category(db, "consulta", "pedido", "ana")


async def test_who_is_renamed_while_mails_are_getting_its_name_passes_them_on(
    flow: Flow, db: Database
) -> None:
    await handle_mails(flow, [raw_mail(subject="Pedido")])
    await rename_category(db, "pedido", "compra", "ana")
    await rename_category(db, "compra", "encargo", "ana")
    async with db.transaction() as connection:
        assert await events.count(connection, Filter(shown="encargo"), 9) == 1
    await carry_on_renaming(db)
    async with db.transaction() as connection:
        assert [e.category for e in await events.newest(connection, 9)] == ["encargo"]
        assert await figures(connection)
    assert await old_names(db) == 0

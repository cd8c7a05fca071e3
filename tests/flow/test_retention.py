"""Mails are kept as long as is set, and what was counted for ever."""

from dataclasses import replace

import pytest

from buzon.flow import Flow, Retention, handle_mails, label
from buzon.flow import retention as module
from buzon.records import Event
from buzon.store import events, labels, rollups, search
from buzon.store.db import Connection, Database
from peers.flows import raw_mail

YEAR = 365


@pytest.fixture
def retention(db: Database) -> Retention:
    return Retention(db, raw_days=90, text_days=2 * YEAR)


async def several(flow: Flow, count: int = 3, subject: str = "Consulta") -> list[int]:
    """Mails that were answered, of as many people."""
    mails = [
        raw_mail(
            sender=f"Cliente {n} <C{n}.{subject}@x.org>",
            subject=subject,
            message_id=f"<{n}.{subject}>",
        )
        for n in range(count)
    ]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


async def age(db: Database, ids: list[int], days: int, status: str = "sent") -> None:
    """They were stored so long ago, and their answers have become that."""
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE events SET stored_at = now() - make_interval(days => %s) WHERE id = ANY(%s)",
            [days, ids],
        )
        await connection.execute(
            "UPDATE outbox SET status = %s, handed_at = now() - make_interval(days => %s),"
            " detail = '250 C0@x.org queued', sent_at = now() WHERE event_id = ANY(%s)",
            [status, days, ids],
        )


async def kept_raw(db: Database) -> list[int]:
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT event_id FROM raw_mails ORDER BY 1")
        return [id for (id,) in await rows.fetchall()]


async def event(db: Database, id: int) -> Event:
    async with db.transaction() as connection:
        found = await events.get(connection, id)
    assert found is not None
    return found


async def figures(db: Connection) -> dict[tuple[str, ...], int]:
    """What is counted but for who wrote: each figure, with what it is told by."""
    rows = await db.execute(
        "SELECT figure, keys, sum(n)::int FROM counted WHERE figure NOT LIKE 'senders%'"
        " GROUP BY 1, 2 HAVING sum(n) <> 0"
    )
    return {(figure, *keys): n async for figure, keys, n in rows}


async def everything(db: Database) -> str:
    """All rows of all tables that hold something of mails."""
    tables = (
        "events", "raw_mails", "search_texts", "search_queue", "outbox", "delivery_attempts",
        "webhook_deliveries", "idempotency_keys", "rollups", "rollup_changes",
    )  # fmt: skip
    async with db.transaction() as connection:
        found = []
        for table in tables:
            rows = await connection.execute(f"SELECT t::text FROM {table} t")
            found += [row for (row,) in await rows.fetchall()]
    return "\n".join(found)


async def test_the_mail_as_it_came_goes_first_and_its_text_stays(
    flow: Flow, db: Database, retention: Retention
) -> None:
    old, young = (await several(flow, 2, "Pedido")), (await several(flow, 1, "Consulta"))
    await age(db, old, 91)
    await age(db, young, 89)
    done = await retention.carry_out()
    assert (done.raw_mails, done.forgotten.mails) == (2, 0)
    assert done.bytes > 200
    assert await kept_raw(db) == young
    assert (await event(db, old[0])).body.strip()


PRIVATE = "Mi tarjeta 4111 1111 1111 1111, pedido 4500118273, móvil 612 345 678, 12345678Z."


async def with_numbers(flow: Flow, db: Database) -> int:
    """An old mail in which private numbers stand."""
    mail = raw_mail(subject="Llamen al 612345678", body=PRIVATE)
    (handled,) = await handle_mails(flow, [mail])
    async with db.transaction() as connection:
        await search.index(connection, 9)
    await age(db, [handled.event_id or 0], 91)
    return handled.event_id or 0


async def test_private_numbers_go_along_with_the_mail_as_it_came(
    flow: Flow, db: Database, retention: Retention
) -> None:
    id = await with_numbers(flow, db)
    async with db.transaction() as connection:
        before = await figures(connection)
    await retention.carry_out()
    mail = await event(db, id)
    assert mail.subject == "Llamen al 000000000"
    assert mail.body.strip() == (
        "Mi tarjeta 0000 0000 0000 0000, pedido 4500118273, móvil 000 000 000, 00000000Z."
    )
    assert await found(db, "612345678") == await found(db, "12345678Z") == []
    assert await found(db, "4500118273") == [id]
    async with db.transaction() as connection:
        assert await figures(connection) == before
    assert "612345678" not in await everything(db)


async def found(db: Database, words: str) -> list[int]:
    async with db.transaction() as connection:
        await search.index(connection, 9)
        rows = await connection.execute(
            "SELECT event_id FROM search_texts"
            " WHERE lexemes @@ websearch_to_tsquery('spanish', plain(%s))",
            [words],
        )
        return [id for (id,) in await rows.fetchall()]


async def test_private_numbers_stay_while_the_mail_is_kept_as_it_came_or_where_that_is_chosen(
    flow: Flow, db: Database
) -> None:
    id = await with_numbers(flow, db)
    await Retention(db, raw_days=92, text_days=0).carry_out()
    assert (await event(db, id)).body.strip() == PRIVATE
    await Retention(db, raw_days=90, text_days=0, mask=False).carry_out()
    assert (await event(db, id)).body.strip() == PRIVATE


async def test_then_all_goes_that_tells_who_wrote_what(
    flow: Flow, db: Database, retention: Retention
) -> None:
    ids = await several(flow)
    async with db.transaction() as connection:
        await search.index(connection, 9)
        await rollups.fold(connection)
    await age(db, ids, 2 * YEAR + 1)
    done = await retention.carry_out()
    assert (done.raw_mails, done.forgotten.mails, done.forgotten.answers) == (3, 3, 3)
    left = (await everything(db)).lower()
    for trace in ("@x.org", "cliente", "hora abren", "gracias"):
        assert trace not in left
    mail = await event(db, ids[0])
    assert mail.forgotten_at
    assert mail.category == "consulta"
    assert mail.reply
    assert mail.reply.status == "sent"


async def test_whatever_was_counted_stays_counted(
    flow: Flow, db: Database, retention: Retention
) -> None:
    ids = await several(flow)
    await label(db, ids[:2], "pedido", "ana")
    await age(db, ids, 2 * YEAR + 1)
    async with db.transaction() as connection:
        before = await figures(connection)
    await retention.carry_out()
    async with db.transaction() as connection:
        assert await figures(connection) == before
        await rollups.recount(connection)
        assert await figures(connection) == before
        assert await labels.counts(connection) == {"pedido": 2}


async def test_what_waits_for_a_person_or_for_its_answer_is_left_alone(
    flow: Flow, db: Database, retention: Retention
) -> None:
    unsure = await several(flow, 1, "dudoso")
    queued = await several(flow, 1, "Pedido")
    held = await several(flow, 1, "Incidencia")
    handed = await several(flow, 1, "Reclamacion")
    for ids, status in ((unsure, "sent"), (queued, "queued"), (held, "held"), (handed, "handed")):
        await age(db, ids, 2 * YEAR + 1, status)
    await retention.carry_out()
    assert await kept_raw(db) == [*unsure, *queued, *held]
    assert (await event(db, handed[0])).forgotten_at  # too old to be handed out again
    await label(db, unsure, "pedido", "ana")
    assert (await retention.carry_out()).forgotten.mails == 1


async def test_many_go_in_small_transactions_past_those_that_stay(
    flow: Flow, db: Database, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    waiting, others = await several(flow, 3, "dudoso"), await several(flow, 5)
    await age(db, waiting + others, 2 * YEAR + 1)
    heard = []
    done = await retention.carry_out(heard.append)
    assert done.forgotten.mails == 5
    assert len(heard) > 4
    assert await kept_raw(db) == waiting
    assert (await retention.carry_out()) == module.Purged()


async def test_0_days_stand_for_ever(flow: Flow, db: Database) -> None:
    ids = await several(flow)
    await age(db, ids, 50 * YEAR)
    await Retention(db, raw_days=0, text_days=0).carry_out()
    assert await kept_raw(db) == ids


async def test_where_texts_are_kept_less_long_raw_mails_go_with_them(
    flow: Flow, db: Database
) -> None:
    ids = await several(flow)
    await age(db, ids, 31)
    done = await Retention(db, raw_days=0, text_days=30).carry_out()
    assert done.forgotten.raw_mails == 3
    assert await kept_raw(db) == []


async def test_a_forgotten_mail_that_comes_once_more_is_still_known(
    flow: Flow, db: Database, retention: Retention
) -> None:
    ids = await several(flow, 1)
    await age(db, ids, 2 * YEAR + 1)
    await retention.carry_out()
    assert await several(flow, 1) == ids


async def test_a_conversation_stays_one_and_has_had_its_answer(
    flow: Flow, db: Database, retention: Retention
) -> None:
    ids = await several(flow, 1)
    again = raw_mail(
        sender="C0.Consulta@x.org", message_id="<again>", headers="In-Reply-To: <0.Consulta>"
    )
    (second,) = await handle_mails(flow, [again])
    await age(db, ids, 2 * YEAR + 1)
    await retention.carry_out()
    third = replace(again, content=again.content.replace(b"<again>", b"<third>"))
    (handled,) = await handle_mails(flow, [third])
    mails = [await event(db, id or 0) for id in (ids[0], second.event_id, handled.event_id)]
    assert len({mail.thread_id for mail in mails}) == 1
    assert "x.org" not in mails[0].thread_id
    assert not mails[2].answered


async def test_only_mails_with_a_text_are_learnt_from(
    flow: Flow, db: Database, retention: Retention
) -> None:
    old, young = await several(flow, 2), await several(flow, 1, "Pedido")
    await label(db, [*old, *young], "pedido", "ana")
    await age(db, old, 2 * YEAR + 1)
    await retention.carry_out()
    async with db.transaction() as connection:
        assert [mail.event_id for mail in await labels.learnable(connection)] == young

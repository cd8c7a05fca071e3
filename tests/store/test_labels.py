"""Labels by every road: what the trigger does, and what is refused."""

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest

from buzon.errors import DatabaseError, Invalid, NotFound
from buzon.flow import Flow, handle_mails, label
from buzon.records import Event
from buzon.store import events, labels
from buzon.store.db import Database
from buzon.store.labels import Correction
from peers.flows import raw_mail


async def stored(flow: Flow, *subjects: str) -> list[int]:
    mails = [
        raw_mail(subject=subject, message_id=f"<{number}@x.org>")
        for number, subject in enumerate(subjects)
    ]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


async def event(db: Database, id: int) -> Event:
    async with db.transaction() as connection:
        found = await events.get(connection, id)
    assert found is not None
    return found


async def history(db: Database, id: int) -> list[Correction]:
    async with db.transaction() as connection:
        return await labels.history(connection, id)


async def test_a_label_is_kept_with_who_set_it_and_what_the_model_had_said(
    flow: Flow, db: Database
) -> None:
    (id,) = await stored(flow, "Pedido")
    assert await label(db, [id], "incidencia", "ana") == 1
    (correction,) = await history(db, id)
    assert (correction.by, correction.was, correction.becomes) == ("ana", None, "incidencia")
    assert (correction.predicted, correction.model_version) == ("pedido", "stub-1")
    assert (await event(db, id)).true_label == "incidencia"


async def test_a_label_set_with_psql_is_noted_under_the_role_s_name(
    flow: Flow, db: Database
) -> None:
    (id,) = await stored(flow, "Pedido")
    with psycopg.connect(db.url) as psql:
        psql.execute("UPDATE events SET true_label = 'consulta' WHERE id = %s", [id])
        role = psql.info.user
    (correction,) = await history(db, id)
    assert (correction.by, correction.becomes) == (role, "consulta")


async def test_an_unknown_category_is_refused_also_by_psql_and_the_known_ones_are_named(
    flow: Flow, db: Database
) -> None:
    (id,) = await stored(flow, "Pedido")
    with pytest.raises(Invalid, match=r"“queja”.*consulta, incidencia, otro, pedido"):
        await label(db, [id], "queja", "ana")
    with (
        psycopg.connect(db.url) as psql,
        pytest.raises(psycopg.errors.CheckViolation, match="queja"),
    ):
        psql.execute("UPDATE events SET true_label = 'queja' WHERE id = %s", [id])
    assert await history(db, id) == []


async def test_one_unknown_mail_among_many_changes_none(flow: Flow, db: Database) -> None:
    (id,) = await stored(flow, "Pedido")
    with pytest.raises(NotFound, match="999"):
        await label(db, [id, 999], "consulta", "ana")
    assert (await event(db, id)).true_label is None


async def test_a_labelled_mail_no_longer_waits_and_one_taken_back_waits_as_before(
    flow: Flow, db: Database
) -> None:
    unsure, sure = await stored(flow, "Algo dudoso", "Pedido")
    waits = [(await event(db, id)).needs_review for id in (unsure, sure)]
    assert waits == [True, False]
    await label(db, [unsure, sure], "consulta", "ana")
    assert not (await event(db, unsure)).needs_review
    await label(db, [unsure, sure], None, "ana")
    assert [(await event(db, id)).needs_review for id in (unsure, sure)] == waits


async def test_every_change_of_a_label_stays_known(flow: Flow, db: Database) -> None:
    (id,) = await stored(flow, "Pedido")
    for category in ("consulta", "incidencia", None, "pedido"):
        await label(db, [id], category, "ana")
    changes = [(c.was, c.becomes) for c in await history(db, id)]
    assert changes == [
        (None, "consulta"), ("consulta", "incidencia"), ("incidencia", None), (None, "pedido"),
    ]  # fmt: skip


async def test_the_same_label_again_is_no_correction(flow: Flow, db: Database) -> None:
    (id,) = await stored(flow, "Pedido")
    for _ in range(2):
        await label(db, [id], "consulta", "ana")
    assert len(await history(db, id)) == 1


async def test_many_labels_at_once_are_all_told_to_the_open_pages(flow: Flow, db: Database) -> None:
    ids = await stored(flow, *(f"Pedido {number}" for number in range(700)))
    async with await psycopg.AsyncConnection.connect(db.url, autocommit=True) as listener:
        await listener.execute("LISTEN buzon_events")
        await label(db, ids, "consulta", "ana")
        told: set[int] = set()
        async with asyncio.timeout(10):
            async for note in listener.notifies():
                told |= set(map(int, note.payload.strip("[]").split(",")))
                if told >= set(ids):
                    break
    assert told == set(ids)


async def test_what_was_picked_by_hand_is_told_from_what_waited_for_a_person(
    flow: Flow, db: Database
) -> None:
    waited, picked = await stored(flow, "Algo dudoso", "Pedido")
    await label(db, [waited, picked], "incidencia", "ana")
    async with db.transaction() as connection:
        found = {m.event_id: m.picked for m in await labels.learnable(connection)}
    assert found == {waited: False, picked: True}


async def test_a_label_may_be_set_with_no_other_right_than_to_set_it(
    flow: Flow, db: Database
) -> None:
    (id,) = await stored(flow, "Pedido")
    with psycopg.connect(db.url) as owner:
        owner.execute("CREATE ROLE clerk")
        owner.execute("GRANT SELECT (id, true_label), UPDATE (true_label) ON events TO clerk")
        owner.execute("SET ROLE clerk")
        owner.execute("UPDATE events SET true_label = 'consulta' WHERE id = %s", [id])
        owner.execute("RESET ROLE")
        owner.execute("DROP OWNED BY clerk")
        owner.execute("DROP ROLE clerk")
    assert (await event(db, id)).true_label == "consulta"


@pytest.mark.parametrize(
    "statement",
    ["UPDATE corrections SET by = 'nobody'", "DELETE FROM corrections", "TRUNCATE corrections"],
)
async def test_who_called_a_mail_what_can_t_be_altered(
    flow: Flow, db: Database, statement: str
) -> None:
    (id,) = await stored(flow, "Pedido")
    await label(db, [id], "consulta", "luis")
    await label(db, [id], "consulta", "ana")
    with pytest.raises(DatabaseError, match="What was said stays noted"):
        async with db.transaction(by="ana") as connection:
            await connection.execute(statement)  # type: ignore[arg-type]
    assert [each.by for each in await history(db, id)] == ["luis", "ana"]


async def test_with_its_mail_goes_what_was_said_of_it(flow: Flow, db: Database) -> None:
    kept, gone = await stored(flow, "Pedido", "Consulta")
    await label(db, [kept, gone], "incidencia", "luis")
    async with db.transaction() as connection:
        await connection.execute("DELETE FROM events WHERE id = %s", [gone])
    assert [len(await history(db, id)) for id in (kept, gone)] == [1, 0]


async def test_the_newest_mails_without_a_label_are_found_as_long_as_their_text_is_kept(
    flow: Flow, db: Database
) -> None:
    one, two, three, four = await stored(flow, "uno", "dos", "tres", "cuatro")
    await label(db, [two], "pedido", "ana")
    async with db.transaction() as connection:
        await connection.execute("UPDATE events SET forgotten_at = now() WHERE id = %s", [three])
        found = await labels.unlabelled(connection, most=9, characters=4)
        newest = await labels.unlabelled(connection, most=1, characters=4)
        bodies = await (
            await connection.execute(
                "SELECT left(body, 4) FROM events WHERE id = ANY(%s) ORDER BY id DESC",
                [[one, four]],
            )
        ).fetchall()
    assert found == [("cuatro", *bodies[0]), ("uno", *bodies[1])]
    assert newest == found[:1]


async def test_labels_set_since_are_counted_as_far_as_asked(flow: Flow, db: Database) -> None:
    await label(db, await stored(flow, "Uno", "Dos", "Tres"), "pedido", "ana")
    async with db.transaction() as connection:
        assert await labels.count_since(connection, None, 10) == 3
        assert await labels.count_since(connection, None, 2) == 2
        assert await labels.count_since(connection, datetime.now(UTC), 10) == 0
        assert (
            await labels.count_since(connection, None, 10, until=datetime(2026, 1, 1, tzinfo=UTC))
            == 0
        )

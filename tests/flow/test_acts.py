"""What a person does to mails at once, undone as one, and nobody's word overwritten unseen."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from buzon.errors import Conflict, NotFound
from buzon.flow import Flow, acts, correct, correct_all, handle_mails, label, reopen, settle, undo
from buzon.store import events, labels
from buzon.store.db import Database
from buzon.store.filters import Filter
from peers.flows import raw_mail
from peers.history import rewriting


@pytest.fixture
async def ids(flow: Flow) -> list[int]:
    mails = [raw_mail(subject="dudoso", message_id=f"<{n}@x.org>") for n in range(4)]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


async def called(db: Database, ids: list[int]) -> list[str | None]:
    async with db.transaction() as connection:
        found = {event.id: event.true_label for event in await events.some(connection, ids)}
    return [found[id] for id in ids]


async def copies(db: Database, id: int, count: int) -> list[int]:
    """So many more mails like this one."""
    async with db.transaction() as connection:
        rows = await connection.execute(
            """
            INSERT INTO events OVERRIDING SYSTEM VALUE
            SELECT (jsonb_populate_record(e, jsonb_build_object(
                'id', nextval(pg_get_serial_sequence('events', 'id')), 'message_id', 'c' || n,
                'message_key', 'c' || n))).*
            FROM events e, generate_series(1, %s) AS n WHERE e.id = %s RETURNING id
            """,
            [count, id],
        )
        return [id for (id,) in await rows.fetchall()]


async def done(db: Database, ids: list[int]) -> list[str | None]:
    async with db.transaction() as connection:
        found = {event.id: event.done_by for event in await events.some(connection, ids)}
    return [found[id] for id in ids]


def now() -> datetime:
    return datetime.now(UTC)


async def test_a_label_is_undone_to_what_it_was_before(db: Database, ids: list[int]) -> None:
    await correct(db, ids[0], "pedido", None, "ana")
    act = await correct(db, ids[0], "incidencia", "pedido", "ana")
    assert (await undo(db, act.number, "ana")).mails == 1
    assert await called(db, ids[:1]) == ["pedido"]


async def test_a_mail_whose_first_label_is_undone_waits_for_a_person_again(
    db: Database, ids: list[int]
) -> None:
    act = await correct(db, ids[0], "pedido", None, "ana")
    await undo(db, act.number, "ana")
    async with db.transaction() as connection:
        event = await events.get(connection, ids[0])
    assert event
    assert event.waits_for_a_person


async def test_nobody_s_word_is_overwritten_unseen(db: Database, ids: list[int]) -> None:
    await correct(db, ids[0], "pedido", None, "ana")
    with pytest.raises(Conflict, match="Somebody else has said meanwhile"):
        await correct(db, ids[0], "incidencia", None, "luis")
    assert await called(db, ids[:1]) == ["pedido"]
    await correct(db, ids[0], "incidencia", "pedido", "luis")
    assert await called(db, ids[:1]) == ["incidencia"]


async def test_two_who_say_the_same_do_not_disagree(db: Database, ids: list[int]) -> None:
    await correct(db, ids[0], "pedido", None, "ana")
    await correct(db, ids[0], "pedido", None, "luis")
    assert await called(db, ids[:1]) == ["pedido"]


async def test_who_is_quicker_than_the_page_changes_their_own_word(
    db: Database, ids: list[int]
) -> None:
    await correct(db, ids[0], "pedido", None, "ana")
    await correct(db, ids[0], "incidencia", None, "ana")
    assert await called(db, ids[:1]) == ["incidencia"]


async def test_a_mail_that_there_is_not_is_told(db: Database) -> None:
    with pytest.raises(NotFound, match="There is no event 77"):
        await correct(db, 77, "pedido", None, "ana")


async def test_many_are_labelled_and_undone_as_one(db: Database, ids: list[int]) -> None:
    await label(db, ids[:1], "consulta", "luis")
    async with db.transaction() as connection, rewriting(connection):
        await connection.execute("UPDATE corrections SET at = at - interval '1 hour'")
    act = await correct_all(db, ids, "pedido", now(), "ana")
    assert (act.mails, act.left) == (4, 0)
    assert await called(db, ids) == ["pedido"] * 4
    assert (await undo(db, act.number, "luis")).mails == 0  # it isn't his
    assert (await undo(db, act.number, "ana")).mails == 4
    assert await called(db, ids) == ["consulta", None, None, None]


async def test_what_was_called_so_already_is_counted_apart_as_undoing_counts_it(
    db: Database, ids: list[int]
) -> None:
    await label(db, ids[:1], "pedido", "ana")
    act = await correct_all(db, ids, "pedido", now(), "ana")
    assert (act.mails, act.same) == (3, 1)
    assert (await undo(db, act.number, "ana")).mails == 3
    once_more = await correct(db, ids[0], "pedido", "pedido", "ana")
    assert (once_more.mails, once_more.same) == (0, 1)


async def test_all_that_match_are_labelled(db: Database, ids: list[int]) -> None:
    await label(db, ids[:1], "consulta", "ana")
    act = await correct_all(db, Filter(to_review=True), "pedido", now(), "ana")
    assert act.mails == 3
    assert await called(db, ids) == ["consulta", "pedido", "pedido", "pedido"]


async def test_what_somebody_else_labelled_since_is_left_alone(
    db: Database, ids: list[int]
) -> None:
    seen_at = now() - timedelta(minutes=1)
    await label(db, ids[:1], "consulta", "luis")
    await label(db, ids[1:2], "consulta", "ana")
    act = await correct_all(db, ids, "pedido", seen_at, "ana")
    assert (act.mails, act.left) == (3, 1)
    assert await called(db, ids) == ["consulta", "pedido", "pedido", "pedido"]


async def test_a_label_that_somebody_else_has_taken_back_since_is_left_alone(
    db: Database, ids: list[int]
) -> None:
    seen_at = now()
    await correct(db, ids[0], "consulta", None, "luis")
    await correct(db, ids[0], None, "consulta", "luis")
    act = await correct_all(db, ids, "pedido", seen_at, "ana")
    assert (act.mails, act.left) == (3, 1)


async def test_of_a_list_only_what_was_there_is_done_with(
    flow: Flow, db: Database, ids: list[int]
) -> None:
    seen_at = now()
    (later,) = await handle_mails(flow, [raw_mail(subject="dudoso", message_id="<z@x.org>")])
    assert (await settle(db, Filter(to_review=True), seen_at, "ana")).mails == 4
    assert await done(db, [later.event_id or 0]) == [None]
    act = await correct_all(db, Filter(to_review=True), "pedido", seen_at, "ana")
    assert act.mails == 4


async def test_undoing_waits_for_who_labels_just_now_and_leaves_that(
    db: Database, ids: list[int]
) -> None:
    act = await correct(db, ids[0], "pedido", None, "ana")
    async with db.transaction() as connection:
        await labels.act_as(connection, "luis")
        await labels.put(connection, ids[:1], "incidencia")
        undoing = asyncio.create_task(undo(db, act.number, "ana"))
        await asyncio.sleep(0.3)  # it waits for this transaction
        assert not undoing.done()
    assert (await undoing).mails == 0
    assert await called(db, ids[:1]) == ["incidencia"]


async def test_two_who_do_much_at_once_do_not_wait_for_each_other_for_ever(
    db: Database, ids: list[int]
) -> None:
    await asyncio.gather(
        *(settle(db, order, now(), who) for order, who in ((ids, "ana"), (ids[::-1], "luis")) * 5),
        *(correct_all(db, ids[::-1], "pedido", now(), who) for who in ("ana", "luis") * 5),
    )
    assert None not in await called(db, ids)


async def test_undoing_leaves_what_was_labelled_anew_since(db: Database, ids: list[int]) -> None:
    act = await correct_all(db, ids, "pedido", now(), "ana")
    await correct(db, ids[0], "incidencia", "pedido", "luis")
    assert (await undo(db, act.number, "ana")).mails == 3
    assert await called(db, ids) == ["incidencia", None, None, None]


async def test_nobody_undoes_what_another_did(db: Database, ids: list[int]) -> None:
    act = await correct(db, ids[0], "pedido", None, "ana")
    assert (await undo(db, act.number, "luis")).mails == 0
    assert await called(db, ids[:1]) == ["pedido"]


async def test_an_undoing_is_undone(db: Database, ids: list[int]) -> None:
    act = await correct_all(db, ids, "pedido", now(), "ana")
    undone = await undo(db, act.number, "ana")
    await undo(db, undone.number, "ana")
    assert await called(db, ids) == ["pedido"] * 4


async def test_mails_are_done_with_and_that_is_undone_as_one(db: Database, ids: list[int]) -> None:
    await settle(db, ids[:1], now(), "luis")
    act = await settle(db, ids, now(), "ana")
    assert (act.mails, act.same) == (3, 1)
    assert await done(db, ids) == ["luis", "ana", "ana", "ana"]
    await undo(db, act.number, "ana")
    assert await done(db, ids) == ["luis", None, None, None]
    await reopen(db, ids[0])
    assert await done(db, ids) == [None] * 4


async def test_a_list_of_a_thousand_is_labelled_done_with_and_undone_as_one(
    db: Database, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "PIECE", 300)
    await label(db, ids[:1], "consulta", "ana")
    many = await copies(db, ids[1], 1000)
    act = await correct_all(db, Filter(to_review=True), "pedido", now(), "ana")
    assert (act.mails, act.left) == (len(many) + 3, 0)
    assert set(await called(db, many)) == {"pedido"}
    assert (await settle(db, Filter(), now(), "ana")).mails == len(many) + 4
    assert set(await done(db, many)) == {"ana"}
    assert (await undo(db, act.number, "ana")).mails == len(many) + 3
    assert set(await called(db, many)) == {None}
    assert await called(db, ids) == ["consulta", None, None, None]


async def test_of_a_long_list_what_goes_meanwhile_is_passed_over(
    db: Database, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "PIECE", 2)
    async with db.transaction() as connection:
        await connection.execute("DELETE FROM events WHERE id = %s", [ids[3]])
        labelling = asyncio.create_task(
            correct_all(db, Filter(to_review=True), "pedido", now(), "ana")
        )
        await asyncio.sleep(0.3)  # the first piece is done, and the second waits
        assert not labelling.done()
    assert (await labelling).mails == 3
    assert await called(db, ids[:3]) == ["pedido"] * 3


async def test_what_a_second_person_confirmed_stays_when_the_first_undoes_it(
    db: Database, ids: list[int]
) -> None:
    first = await correct(db, ids[0], "pedido", None, "ana")
    second = await correct(db, ids[0], "pedido", "pedido", "luis")
    await correct(db, ids[0], "pedido", "pedido", "luis")  # once is enough
    async with db.transaction() as connection:
        said = [(c.by, c.was, c.becomes) for c in await labels.history(connection, ids[0])]
    assert said == [("ana", None, "pedido"), ("luis", "pedido", "pedido")]
    assert (await undo(db, first.number, "ana")).mails == 0
    assert await called(db, ids[:1]) == ["pedido"]
    assert (await undo(db, second.number, "luis")).mails == 1
    assert (await undo(db, first.number, "ana")).mails == 1
    assert await called(db, ids[:1]) == [None]


async def test_who_says_again_what_they_said_notes_nothing(db: Database, ids: list[int]) -> None:
    await correct(db, ids[0], "pedido", None, "ana")
    await correct(db, ids[0], "pedido", "pedido", "ana")
    async with db.transaction() as connection:
        assert len(await labels.history(connection, ids[0])) == 1

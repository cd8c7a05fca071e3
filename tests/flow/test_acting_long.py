"""What a person does to any number of mails: in pieces, undone as one."""

from datetime import UTC, datetime

import pytest

from buzon.errors import UnknownCategory
from buzon.flow import (
    Act,
    Flow,
    carry_on_acting,
    correct,
    correct_all,
    handle_mails,
    retire_category,
    settle,
    undo,
)
from buzon.flow.acting_long import _step
from buzon.store import events, long_acts
from buzon.store.db import Database
from buzon.store.filters import Filter
from buzon.store.long_acts import LongAct
from peers.flows import raw_mail

MOST, PIECE = 4, 3  # so that ten mails are many

ALL = Filter(to_review=True)


@pytest.fixture
async def ids(flow: Flow) -> list[int]:
    mails = [raw_mail(subject="dudoso", message_id=f"<{n}@x.org>") for n in range(10)]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


def now() -> datetime:
    return datetime.now(UTC)


async def called(db: Database, ids: list[int]) -> list[str | None]:
    async with db.transaction() as connection:
        found = {event.id: event.true_label for event in await events.some(connection, ids)}
    return [found[id] for id in ids]


async def seen(db: Database, act: Act, who: str = "ana") -> LongAct:
    async with db.transaction() as connection:
        return await long_acts.get(connection, act.number, who)


async def test_more_than_fit_at_once_are_labelled_piece_by_piece_and_undone_as_one(
    db: Database, ids: list[int]
) -> None:
    await correct(db, ids[0], "consulta", None, "ana")
    act = await correct_all(db, Filter(category="pedido"), "pedido", now(), "ana", MOST)
    if act.share == 1.0:  # whatever the small model called them
        act = await correct_all(db, Filter(), "pedido", now(), "ana", MOST)
    assert (act.mails, act.share) == (0, 0.0)
    assert await _step(db, PIECE)
    assert 0 < (await seen(db, act)).share < 1
    await carry_on_acting(db, PIECE)
    done = await seen(db, act)
    assert (done.open, done.mails, done.left, done.wanted) == (False, 10, 0, {})
    assert await called(db, ids) == ["pedido"] * 10
    undoing = await undo(db, act.number, "ana")
    await carry_on_acting(db, PIECE)
    assert (await seen(db, undoing)).mails == 10
    assert await called(db, ids) == ["consulta", *[None] * 9]


async def test_undone_halfway_it_goes_no_further(db: Database, ids: list[int]) -> None:
    act = await correct_all(db, ALL, "pedido", now(), "ana", MOST)
    await _step(db, PIECE)
    undoing = await undo(db, act.number, "ana")
    await carry_on_acting(db, PIECE)
    assert (await seen(db, act)).mails == PIECE
    assert (await seen(db, undoing)).mails == PIECE
    assert await called(db, ids) == [None] * 10


async def test_no_word_is_overwritten_that_was_said_meanwhile(db: Database, ids: list[int]) -> None:
    act = await correct_all(db, ALL, "pedido", now(), "ana", MOST)
    await _step(db, PIECE)
    await correct(db, ids[8], "consulta", None, "luis")
    await correct(db, ids[9], "otro", None, "ana")  # nor one's own
    await carry_on_acting(db, PIECE)
    assert await called(db, ids) == ["pedido"] * 8 + ["consulta", "otro"]
    await undo(db, act.number, "ana")
    await carry_on_acting(db, PIECE)
    assert await called(db, ids) == [None] * 8 + ["consulta", "otro"]


async def test_a_mail_that_came_in_after_the_list_was_seen_is_not_meant(
    flow: Flow, db: Database, ids: list[int]
) -> None:
    act = await correct_all(db, Filter(), "pedido", now(), "ana", MOST)
    late = await handle_mails(flow, [raw_mail(subject="dudoso", message_id="<late@x.org>")])
    await carry_on_acting(db, PIECE)
    assert (await seen(db, act)).mails == 10
    assert await called(db, [late[0].event_id or 0]) == [None]


async def test_any_number_is_settled_and_opened_again_as_one(db: Database, ids: list[int]) -> None:
    act = await settle(db, Filter(done=False), now(), "ana", MOST)
    await carry_on_acting(db, PIECE)
    assert (await seen(db, act)).mails == 10
    undoing = await undo(db, act.number, "ana")
    await carry_on_acting(db, PIECE)
    assert (await seen(db, undoing)).mails == 10


async def test_two_at_a_time_go_on_in_turn(db: Database, ids: list[int]) -> None:
    first = await correct_all(db, ALL, "pedido", now(), "ana", MOST)
    second = await settle(db, Filter(), now(), "luis", MOST)
    await _step(db, PIECE)
    await _step(db, PIECE)
    assert (await seen(db, first)).mails == (await seen(db, second, "luis")).mails == PIECE


async def test_it_ends_with_the_reason_where_its_category_is_gone(
    db: Database, ids: list[int]
) -> None:
    act = await correct_all(db, ALL, "consulta", now(), "ana", MOST)
    await _step(db, PIECE)
    await retire_category(db, "consulta", "eva")
    await carry_on_acting(db, PIECE)
    ended = await seen(db, act)
    assert (ended.open, ended.mails) == (False, PIECE)
    assert "There is no category “consulta”." in ended.why


async def test_a_category_that_there_is_not_is_refused_at_once(
    db: Database, ids: list[int]
) -> None:
    with pytest.raises(UnknownCategory):
        await correct_all(db, ALL, "nada", now(), "ana", MOST)


async def test_only_who_did_it_hears_of_it_and_undoes_it(db: Database, ids: list[int]) -> None:
    act = await correct_all(db, ALL, "pedido", now(), "ana", MOST)
    async with db.transaction() as connection:
        assert await long_acts.latest(connection, "luis") is None
        assert (await long_acts.latest(connection, "ana")) is not None
    assert (await undo(db, act.number, "luis")).share == 1.0
    assert (await seen(db, act)).open

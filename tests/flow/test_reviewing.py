"""What waits for a person, handed out one by one."""

import asyncio
from zoneinfo import ZoneInfo

import pytest

from buzon.flow import (
    Flow,
    correct,
    give_back,
    handle_mails,
    hold,
    postpone,
    progress,
    review,
    take_up,
)
from buzon.records import Prediction
from buzon.store import users
from buzon.store.db import Database
from peers.flows import StubClassifier, raw_mail
from peers.history import rewriting


@pytest.fixture
async def people(db: Database) -> list[int]:
    async with db.transaction() as connection:
        names = ("ana", "luis", "eva")
        return [
            (await users.add(connection, f"{name}@example.com", name, "operator")).id
            for name in names
        ]


async def stored(flow: Flow, count: int) -> list[int]:
    mails = [raw_mail(subject="dudoso", message_id=f"<{n}@x.org>") for n in range(count)]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


async def test_the_mail_between_whose_categories_it_is_closest_comes_first(
    flow: Flow, db: Database, people: list[int], classifier: StubClassifier
) -> None:
    margins = iter([0.2, 0.02, 0.4])

    def one(_subject: str) -> Prediction:
        margin = next(margins)
        shares = {"pedido": 0.3 + margin, "consulta": 0.3, "otro": 0.4 - margin}
        return Prediction("pedido", 0.3 + margin, shares, "stub-1")

    classifier._one = one  # type: ignore[method-assign]
    ids = await stored(flow, 3)
    found = []
    for _ in ids:
        found.append(await review(db, people[0]))
        await correct(db, found[-1] or 0, "pedido", None, "ana")
    assert found == [ids[1], ids[0], ids[2]]
    assert await review(db, people[0]) is None


async def test_no_mail_is_given_to_two_people_also_when_they_ask_at_once(
    flow: Flow, db: Database, people: list[int]
) -> None:
    await stored(flow, 2)
    given = await asyncio.gather(*(review(db, person) for person in people))
    assert sorted(given, key=lambda id: id or 0)[0] is None
    assert len(set(given)) == 3


async def test_who_asks_again_gets_the_same_mail(
    flow: Flow, db: Database, people: list[int]
) -> None:
    await stored(flow, 3)
    assert await review(db, people[0]) == await review(db, people[0])


async def test_a_mail_that_is_left_for_later_comes_to_nobody_now(
    flow: Flow, db: Database, people: list[int]
) -> None:
    (id,) = await stored(flow, 1)
    assert await review(db, people[0]) == id
    await postpone(db, id, people[0])
    assert await review(db, people[0]) is None
    assert await review(db, people[1]) is None


async def test_who_has_left_a_mail_can_have_it_back_and_nobody_else(
    flow: Flow, db: Database, people: list[int]
) -> None:
    (id,) = await stored(flow, 1)
    await review(db, people[0])
    await postpone(db, id, people[0])
    await take_up(db, id, people[1])
    assert await review(db, people[1]) is None
    await take_up(db, id, people[0])
    assert await review(db, people[0]) == id
    assert await review(db, people[1]) is None


async def test_what_somebody_left_open_comes_to_another_after_a_while(
    flow: Flow, db: Database, people: list[int]
) -> None:
    (id,) = await stored(flow, 1)
    assert await review(db, people[0]) == id
    async with db.transaction() as connection:
        await connection.execute("UPDATE review_claims SET until = now() - interval '1 second'")
    assert await review(db, people[1]) == id


async def seconds_held(db: Database, id: int) -> float:
    async with db.transaction() as connection:
        rows = await connection.execute(
            "SELECT extract(epoch FROM until - now())::float8 FROM review_claims"
            " WHERE event_id = %s",
            [id],
        )
        row = await rows.fetchone()
    assert row is not None
    return float(row[0])


async def test_a_mail_stays_with_whoever_looks_at_it_and_goes_to_nobody_else(
    flow: Flow, db: Database, people: list[int]
) -> None:
    (id,) = await stored(flow, 1)
    assert await review(db, people[0]) == id
    async with db.transaction() as connection:
        await connection.execute("UPDATE review_claims SET until = now() + interval '1 second'")
    assert await hold(db, id, people[0])
    assert await seconds_held(db, id) > 1700
    assert not await hold(db, id, people[1])
    assert await review(db, people[1]) is None


async def test_a_mail_that_was_given_back_goes_to_another_unless_it_is_open_in_a_second_window(
    flow: Flow, db: Database, people: list[int]
) -> None:
    (id,) = await stored(flow, 1)
    assert await review(db, people[0]) == id
    await give_back(db, id, people[1])  # who hasn't got it
    assert await seconds_held(db, id) > 1700
    await give_back(db, id, people[0])
    assert 0 < await seconds_held(db, id) <= 30
    assert await review(db, people[1]) is None
    assert await hold(db, id, people[0])
    assert await seconds_held(db, id) > 1700
    await give_back(db, id, people[0])
    async with db.transaction() as connection:  # half a minute later
        await connection.execute("UPDATE review_claims SET until = until - interval '30 seconds'")
    assert await review(db, people[1]) == id
    assert not await hold(db, id, people[0])


async def test_a_mail_that_was_left_for_later_stays_left_whatever_comes_in_late(
    flow: Flow, db: Database, people: list[int]
) -> None:
    (id,) = await stored(flow, 1)
    assert await review(db, people[0]) == id
    await postpone(db, id, people[0])
    assert not await hold(db, id, people[0])
    await give_back(db, id, people[0])
    assert await seconds_held(db, id) > 3500
    assert await review(db, people[0]) is None


async def test_progress_tells_what_waits_and_what_one_has_done(
    flow: Flow, db: Database, people: list[int]
) -> None:
    ids = await stored(flow, 3)
    await correct(db, ids[0], "pedido", None, "ana")
    await correct(db, ids[0], "consulta", "pedido", "ana")
    await correct(db, ids[1], "pedido", None, "luis")
    async with db.transaction() as connection:
        found = await progress(connection, "ana", ZoneInfo("Europe/Madrid"))
    assert (found.waiting, found.today) == (1, 1)


async def test_what_one_takes_back_does_not_count(flow: Flow, db: Database) -> None:
    ids = await stored(flow, 2)
    for id in ids:
        await correct(db, id, "pedido", None, "ana")
    await correct(db, ids[0], None, "pedido", "ana")
    async with db.transaction() as connection:
        found = await progress(connection, "ana", ZoneInfo("Europe/Madrid"))
    assert found.today == 1


async def test_a_pace_is_told_once_a_minute_and_some_mails_make_one(
    flow: Flow, db: Database
) -> None:
    for id in await stored(flow, 6):
        await correct(db, id, "pedido", None, "ana")
    async with db.transaction() as connection:
        assert (await progress(connection, "ana", ZoneInfo("UTC"))).pace == 0
        async with rewriting(connection):
            await connection.execute(
                "UPDATE corrections SET at = at - interval '10 minutes'"
                " WHERE id = (SELECT min(id) FROM corrections)"
            )
        assert (await progress(connection, "ana", ZoneInfo("UTC"))).pace == 36

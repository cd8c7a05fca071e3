"""Rules that change between the judging of a mail and its storing. What else happens to a mail is
in tests/test_flow.py."""

from collections.abc import Awaitable, Callable

import pytest

from buzon.flow import Flow, Follower, judge, keep, rename_category, retire_category, switch
from buzon.records import Event
from buzon.store import events
from buzon.store.db import Database
from peers.flows import raw_mail

Change = Callable[[Database], Awaitable[None]]

REFUSING = "ALTER TABLE events ADD CONSTRAINT refused CHECK (subject <> 'veneno')"
GOOD = raw_mail()
POISON = raw_mail(message_id="<dos@example.org>", subject="veneno")


async def renamed_and_then_switched_off(db: Database) -> None:
    await rename_category(db, "consulta", "pregunta", "ana")
    await switch(db, "pregunta", False, "ana")


async def switched_off_and_then_renamed(db: Database) -> None:
    await switch(db, "consulta", False, "ana")
    await rename_category(db, "consulta", "pregunta", "ana")


async def merged_into_one_that_is_switched_off(db: Database) -> None:
    await switch(db, "pedido", False, "ana")
    await rename_category(db, "consulta", "pedido", "ana")


CHANGES = [
    renamed_and_then_switched_off,
    switched_off_and_then_renamed,
    merged_into_one_that_is_switched_off,
]


@pytest.mark.parametrize("change", CHANGES)
async def test_a_category_that_is_renamed_and_switched_off_meanwhile_is_not_answered(
    flow: Flow, follower: Follower, change: Change
) -> None:
    judged = await judge(flow, [GOOD])
    await change(flow.db)
    await follower.catch_up()
    await keep(flow, judged)
    (event,) = await stored(flow)
    assert event.category in {"pregunta", "pedido"}
    assert ([sign.rule for sign in event.signs], event.reply) == (["category-off"], None)


async def test_nor_is_it_where_the_mails_are_stored_one_by_one(
    flow: Flow, follower: Follower
) -> None:
    async with flow.db.transaction() as db:
        await db.execute(REFUSING)
    judged = await judge(flow, [GOOD, POISON])
    await merged_into_one_that_is_switched_off(flow.db)
    await follower.catch_up()
    first, second = await keep(flow, judged)
    (event,) = await stored(flow)
    assert (first.event_id, second.event_id) == (event.id, None)
    assert ([sign.rule for sign in event.signs], event.reply) == (["category-off"], None)


async def test_a_category_that_is_retired_meanwhile_answers_nobody(
    flow: Flow, follower: Follower
) -> None:
    judged = await judge(flow, [raw_mail(subject="Nuevo pedido")])
    await retire_category(flow.db, "pedido", "ana")
    await follower.catch_up()
    await keep(flow, judged)
    (event,) = await stored(flow)
    assert event.category != "pedido"
    assert event.needs_review
    assert event.reply
    assert event.reply.template == "neutral"


async def test_a_threshold_that_is_raised_meanwhile_holds(flow: Flow) -> None:
    judged = await judge(flow, [GOOD])
    flow.at_work.change(threshold=0.99)
    await keep(flow, judged)
    (event,) = await stored(flow)
    assert event.needs_review


async def stored(flow: Flow) -> list[Event]:
    async with flow.db.transaction() as db:
        return await events.after(db, 0, 10)

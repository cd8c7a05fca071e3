"""A parked mail is handed in anew."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from buzon.errors import Conflict, Invalid, NotFound
from buzon.flow import Flow, Handled, delete_parked, handle_mails, try_again
from buzon.records import Event, RawMail
from buzon.store import changes, events, parked
from buzon.store.changes import Wanted
from buzon.store.db import Database
from peers.deadly import FELL, all_but_deadly, deadly
from peers.flows import raw_mail

REFUSING = "ALTER TABLE events ADD CONSTRAINT refused CHECK (subject <> 'Nuevo pedido')"


async def refuse(db: Database) -> None:
    async with db.transaction() as connection:
        await connection.execute(REFUSING)


async def take_by_now(db: Database) -> None:
    async with db.transaction() as connection:
        await connection.execute("ALTER TABLE events DROP CONSTRAINT refused")


async def park(flow: Flow, db: Database, mail: RawMail) -> int:
    """A mail that the database refuses for now; its number in quarantine."""
    await refuse(db)
    (handled,) = await handle_mails(flow, [mail])
    assert handled.event_id is None
    async with db.transaction() as connection:
        (about,) = await parked.newest(connection, 5)
    return about.id


async def stored(db: Database, id: int) -> Event:
    async with db.transaction() as connection:
        event = await events.get(connection, id)
    assert event
    return event


async def left(db: Database) -> int:
    async with db.transaction() as connection:
        return await parked.count(connection)


async def test_it_becomes_an_event_and_is_answered_as_if_it_came_in(
    flow: Flow, db: Database
) -> None:
    id = await park(flow, db, raw_mail(subject="Nuevo pedido"))
    await take_by_now(db)
    event = await stored(db, await try_again(flow, id, "ana"))
    assert (event.subject, event.category, event.mailbox) == (
        "Nuevo pedido",
        "pedido",
        "soporte@example.com",
    )
    assert event.reply
    assert event.reply.status == "queued"
    assert await left(db) == 0


async def test_what_is_refused_again_stays_where_and_as_it_was(flow: Flow, db: Database) -> None:
    id = await park(flow, db, raw_mail(subject="Nuevo pedido"))
    async with db.transaction() as connection:
        before = await parked.get(connection, id)
    with pytest.raises(Conflict, match="refused"):
        await try_again(flow, id, "ana")
    async with db.transaction() as connection:
        assert await parked.get(connection, id) == before
        assert await events.newest(connection, 5) == []


async def test_what_still_cant_be_understood_stays_and_what_can_by_now_is_stored(
    flow: Flow, db: Database
) -> None:
    falling = replace(flow, understand_all=all_but_deadly)
    assert await handle_mails(falling, [deadly("SIGKILL")]) == [Handled(None)]
    async with db.transaction() as connection:
        (about,) = await parked.newest(connection, 5)
    with pytest.raises(Conflict, match=FELL):
        await try_again(falling, about.id, "ana")
    assert await left(db) == 1
    async with db.transaction() as connection:
        (noted,) = await changes.listed(connection, Wanted(what="parked"), 9)
    assert (noted.by, noted.becomes) == ("ana", {"reason": FELL})
    assert (await stored(db, await try_again(flow, about.id, "ana"))).reply
    assert await left(db) == 0


async def test_two_who_try_at_once_make_one_event_and_one_answer(flow: Flow, db: Database) -> None:
    id = await park(flow, db, raw_mail(subject="Nuevo pedido"))
    await take_by_now(db)
    ends = await asyncio.gather(
        *(try_again(flow, id, "ana") for _ in range(2)), return_exceptions=True
    )
    assert len({end for end in ends if isinstance(end, int)}) == 1
    assert all(isinstance(end, int | NotFound) for end in ends)
    async with db.transaction() as connection:
        assert len(await events.newest(connection, 5)) == 1
        rows = await connection.execute("SELECT count(*) FROM outbox")
        assert await rows.fetchone() == (1,)
    assert await left(db) == 0


async def test_a_mail_that_came_in_meanwhile_by_another_road_is_not_answered_again(
    flow: Flow, db: Database
) -> None:
    mail = raw_mail(subject="Nuevo pedido")
    id = await park(flow, db, mail)
    await take_by_now(db)
    (handled,) = await handle_mails(flow, [mail])
    assert await try_again(flow, id, "ana") == handled.event_id
    assert await left(db) == 0


async def test_a_mail_that_was_parked_for_long_is_stored_and_not_answered(
    flow: Flow, db: Database
) -> None:
    id = await park(flow, db, raw_mail(subject="Nuevo pedido"))
    await take_by_now(db)
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE parked SET parked_at = parked_at - %s", [timedelta(days=3)]
        )
    event = await stored(db, await try_again(flow, id, "ana"))
    assert [sign.rule for sign in event.signs] == ["old"]


async def test_a_mail_without_content_and_one_that_is_not_there_are_told(
    flow: Flow, db: Database
) -> None:
    async with db.transaction() as connection:
        empty = RawMail("a", b"", raw_mail().arrived_at, "imap", 0, 7)
        await parked.add(connection, empty, "not handed out")
        (about,) = await parked.newest(connection, 5)
    with pytest.raises(Invalid, match="did not hand this mail out"):
        await try_again(flow, about.id, "ana")
    with pytest.raises(NotFound):
        await try_again(flow, about.id + 1, "ana")
    assert await left(db) == 1


async def test_who_tried_again_is_noted_whether_it_helped_or_not(flow: Flow, db: Database) -> None:
    id = await park(flow, db, raw_mail(subject="Nuevo pedido"))
    with pytest.raises(Conflict):
        await try_again(flow, id, "ana")
    await take_by_now(db)
    await try_again(flow, id, "luis")
    async with db.transaction() as connection:
        helped, in_vain = await changes.listed(connection, Wanted(what="parked"), 9)
    assert (helped.by, helped.which, helped.becomes) == ("luis", str(id), None)
    assert (in_vain.by, in_vain.which) == ("ana", str(id))
    assert "refuses" in (in_vain.becomes or {})["reason"]


async def test_a_line_that_is_no_mail_is_not_handed_in_as_one(flow: Flow, db: Database) -> None:
    async with db.transaction() as connection:
        line = RawMail("a", b'{"id": 7}', raw_mail().arrived_at, "import", 9)
        await parked.add(connection, line, "not a mail in JSON: no from")
        (about,) = await parked.newest(connection, 5)
    with pytest.raises(Invalid, match="Correct the line in its file"):
        await try_again(flow, about.id, "ana")
    async with db.transaction() as connection:
        assert await events.newest(connection, 5) == []
    assert await left(db) == 1


async def test_who_deletes_a_parked_mail_is_noted(flow: Flow, db: Database) -> None:
    id = await park(flow, db, raw_mail(subject="Nuevo pedido"))
    await delete_parked(db, [id], "eva")
    assert await left(db) == 0
    async with db.transaction() as connection:
        (noted,) = await changes.listed(connection, Wanted(what="parked"), 9)
    assert (noted.by, noted.which, noted.becomes) == ("eva", str(id), {"deleted": True})
    with pytest.raises(NotFound):
        await delete_parked(db, [id], "eva")


async def test_several_are_deleted_at_once_and_each_is_noted(db: Database) -> None:
    async with db.transaction() as connection:
        for box in ("ventas", "soporte", "compras"):
            await parked.add(connection, replace(raw_mail(), mailbox=box), "It is refused.")
        first, second, third = [about.id for about in await parked.newest(connection, 5)]
    await delete_parked(db, [first, third, third + 1000], "eva")
    async with db.transaction() as connection:
        assert [about.id for about in await parked.newest(connection, 5)] == [second]
        noted = await changes.listed(connection, Wanted(what="parked"), 9)
    assert {change.which for change in noted} == {str(first), str(third)}

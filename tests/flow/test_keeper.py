"""What is done now and then."""

import asyncio
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import pytest

from buzon.flow import Flow, Keeper, handle_mails, keeper
from buzon.store.db import Database
from peers.flows import raw_mail


async def waiting(db: Database) -> int:
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT count(*) FROM rollup_changes")
        return int((await rows.fetchone() or (0,))[0])


async def test_in_a_burst_counts_are_added_up_again_before_the_next_turn(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "MANY", 5)
    monkeypatch.setattr(keeper, "PAUSE", 0.5)
    hands = Keeper(flow, Mock(), Mock(), ZoneInfo("Europe/Madrid"))
    await handle_mails(flow, [raw_mail(subject="Pedido", message_id="<1@x.org>")])
    turn = asyncio.create_task(hands.add_up())
    while await waiting(flow.db):
        await asyncio.sleep(0.01)
    await handle_mails(flow, [raw_mail(subject="Otro pedido", message_id="<2@x.org>")])
    assert await waiting(flow.db)
    await turn
    assert not await waiting(flow.db)


async def test_counts_of_a_burst_that_are_added_up_leave_no_room_behind_them(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "MANY", 5)
    monkeypatch.setattr(keeper, "PAUSE", 0.0)
    await handle_mails(flow, [raw_mail(subject="Pedido", message_id="<1@x.org>")])
    await Keeper(flow, Mock(), Mock(), ZoneInfo("Europe/Madrid")).add_up()
    async with flow.db.transaction() as connection:
        rows = await connection.execute("SELECT pg_relation_size('rollup_changes')")
        assert await rows.fetchone() == (0,)

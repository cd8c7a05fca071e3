"""What the strip above the mails warns of."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from buzon.cli import alarms
from buzon.cli.alarms import Alarms
from buzon.flow import Account, Flow, Lottery, Terms, handle_mails, label
from buzon.store import drift_alarms
from buzon.store.db import Connection
from peers.flows import raw_mail

EVERY_MAIL = Lottery(b"any", part=1.0)
TERMS = Terms(risk=0.05, careful=0.75, lottery=EVERY_MAIL)


@pytest.fixture
async def connection(flow: Flow) -> AsyncIterator[Connection]:
    async with flow.db.transaction() as connection:
        yield connection


async def check(flow: Flow, *, right: int, wrong: int) -> None:
    """Mails that were drawn, handled without a person and looked at, so many of them wrong."""
    mails = [raw_mail(subject="Pedido", message_id=f"<{n}@x.org>") for n in range(right + wrong)]
    batch = await handle_mails(replace(flow, lottery=EVERY_MAIL), mails)
    ids = [handled.event_id or 0 for handled in batch]
    await label(flow.db, ids[:right], "pedido", "ana")
    await label(flow.db, ids[right:], "incidencia", "ana")


async def test_nothing_rings_before_the_first_mail(connection: Connection) -> None:
    assert await Alarms(Account(TERMS)).ringing(connection) == ()


async def test_a_promise_that_the_checked_mails_contradict_rings(flow: Flow) -> None:
    await check(flow, right=20, wrong=20)
    async with flow.db.transaction() as db:
        assert await Alarms(Account(TERMS)).ringing(db) == ("promise",)


async def test_a_promise_is_not_broken_by_a_few_errors(flow: Flow) -> None:
    await check(flow, right=39, wrong=1)
    async with flow.db.transaction() as db:
        assert await Alarms(Account(TERMS)).ringing(db) == ()


@pytest.mark.parametrize(("every", "expected"), [(60.0, ()), (0.0, ("promise",))])
async def test_the_promise_is_looked_up_again_when_its_time_has_come_and_no_earlier(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, every: float, expected: tuple[str, ...]
) -> None:
    monkeypatch.setattr(alarms, "EVERY", every)
    found = Alarms(Account(TERMS))
    async with flow.db.transaction() as db:
        assert await found.ringing(db) == ()
    await check(flow, right=20, wrong=20)
    async with flow.db.transaction() as db:
        assert await found.ringing(db) == expected


async def test_what_has_drifted_rings_at_once(connection: Connection) -> None:
    found = Alarms(Account(TERMS))
    await found.ringing(connection)
    moved = {"unknown": (0.02, 0.11)}
    await drift_alarms.put(
        connection, date(2026, 10, 1), [("words", datetime.now(UTC).date(), 0.001, moved)]
    )
    assert await found.ringing(connection) == ("words",)

"""Mails become searchable when their answers are out, or can't go out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from buzon.flow import Flow, handle_mails, keep_searchable, searching
from buzon.store import events, outbox
from buzon.store.db import Database
from buzon.store.filters import Filter
from peers.flows import raw_mail


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "PAUSE", 0.02)


@asynccontextmanager
async def being_kept_searchable(db: Database) -> AsyncIterator[None]:
    keeping = asyncio.create_task(keep_searchable(db))
    yield
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


async def found(db: Database) -> int:
    async with db.transaction() as connection:
        return len(await events.ids(connection, Filter(words="camiones")))


async def until_found(db: Database) -> None:
    async with asyncio.timeout(10):
        while not await found(db):
            await asyncio.sleep(0.02)


async def test_a_mail_is_found_once_no_answer_is_due(
    flow: Flow, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "PATIENCE", 10_000)
    await handle_mails(flow, [raw_mail(body="Faltan los camiones.")])
    async with being_kept_searchable(db):
        await asyncio.sleep(0.3)
        assert await found(db) == 0
        async with db.transaction() as connection:
            await outbox.claim(connection, 1, 5)
        await until_found(db)


async def test_an_answer_that_stays_due_holds_a_pile_of_mails_up_only_once(
    flow: Flow, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "PATIENCE", 50)  # a second
    monkeypatch.setattr(searching, "BATCH", 2)
    mails = [raw_mail(message_id=f"<{n}@x.org>", body="Los camiones.") for n in range(13)]
    await handle_mails(flow, mails)
    async with being_kept_searchable(db), asyncio.timeout(5):
        while await found(db) < len(mails):
            await asyncio.sleep(0.02)


async def test_where_answers_can_not_go_out_mails_are_found_all_the_same(
    flow: Flow, db: Database
) -> None:
    await handle_mails(flow, [raw_mail(body="Faltan los camiones.")])
    async with being_kept_searchable(db):
        await until_found(db)

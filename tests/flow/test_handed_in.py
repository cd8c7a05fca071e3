"""Mails that are handed in at the same time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
import structlog
from structlog.contextvars import bound_contextvars
from structlog.testing import LogCapture

from buzon.flow import Flow, HandedIn
from buzon.mail.loops import Own
from buzon.mail.understand import Understood, understand_all
from buzon.records import RawMail
from buzon.store import events, parked
from buzon.store.db import Database
from peers.flows import raw_mail


def mails(count: int) -> list[RawMail]:
    return [raw_mail(message_id=f"<{n}@x.org>", sender=f"{n}@x.org") for n in range(count)]


class Understanding:
    """Understands, and knows how many mails it was given at once; large ones not before it may."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.large = asyncio.Event()

    async def __call__(self, raws: Sequence[RawMail], own: Own) -> list[Understood]:
        self.sizes.append(len(raws))
        if any(len(raw.content) > 100_000 for raw in raws):
            await self.large.wait()
        return understand_all(raws, own)


async def test_those_of_one_moment_are_understood_and_stored_at_once(
    flow: Flow, db: Database
) -> None:
    understanding = Understanding()
    handed_in = HandedIn(replace(flow, understand_all=understanding))
    handled = await asyncio.gather(*(handed_in.take(mail, None) for mail in mails(20)))
    assert len({each.event_id for each in handled}) == 20
    assert understanding.sizes == [20]
    async with db.transaction() as connection:
        stored = await connection.execute("SELECT count(DISTINCT xmin::text) FROM events")
        assert await stored.fetchone() == (1,)


async def test_a_large_mail_holds_up_nobody(flow: Flow) -> None:
    understanding = Understanding()
    handed_in = HandedIn(replace(flow, understand_all=understanding))
    large = asyncio.create_task(handed_in.take(raw_mail(body="a" * 300_000), None))
    small = await asyncio.gather(*(handed_in.take(mail, None) for mail in mails(3)))
    assert all(each.event_id for each in small)
    assert not large.done()
    understanding.large.set()
    assert (await large).event_id


async def test_one_that_the_database_refuses_is_parked_and_the_others_are_stored(
    flow: Flow, db: Database
) -> None:
    async with db.transaction() as connection:
        await connection.execute("ALTER TABLE events ADD CHECK (subject <> 'veneno')")
    poison = raw_mail(subject="veneno", message_id="<v@x.org>", sender="v@x.org")
    handed_in = HandedIn(flow)
    bad, *good = await asyncio.gather(*(handed_in.take(mail, None) for mail in [poison, *mails(5)]))
    assert bad.event_id is None
    assert [each.duplicate for each in good] == [False] * 5
    async with db.transaction() as connection:
        assert await parked.count(connection) == 1
        assert len(await events.newest(connection, 10)) == 5


async def test_each_line_of_the_log_names_the_request_of_its_mail(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = LogCapture()
    processors = [structlog.contextvars.merge_contextvars, log]
    monkeypatch.setattr("buzon.flow.intake.log", structlog.wrap_logger(None, processors))
    handed_in = HandedIn(flow)

    async def take(number: int, mail: RawMail) -> tuple[int | None, int]:
        with bound_contextvars(request_id=number):
            return (await handed_in.take(mail, None)).event_id, number

    asked = await asyncio.gather(*(take(n, mail) for n, mail in enumerate(mails(5))))
    told = {(line["mail"], line["request_id"]) for line in log.entries}
    assert told == set(asked)

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buzon.errors import DatabaseError, MailboxError
from buzon.flow import Answering, AtWork, Flow, judge
from buzon.mail.imap import Batch, FetchRefused, Folder, Inbox
from buzon.reception.mailbox import STALE, Reader, State, StateName, first_contact
from buzon.records import Prediction, RawMail
from buzon.store import intake, locks
from buzon.store.mailboxes import Cursor
from peers.flows import StubClassifier, raw_mail
from reception.test_first_contact import box

NOW = timedelta()
LONG_AGO = STALE + timedelta(minutes=1)

GOOD = raw_mail(mailbox="info", message_id="<dos@example.org>")
OTHER = raw_mail(mailbox="info", message_id="<uno-mas@example.org>", sender="luis@example.net")
POISON = raw_mail(mailbox="info", message_id="<tres@example.org>", subject="veneno")


@pytest.mark.parametrize(
    ("state", "since", "seen", "is_read"),
    [
        ("starting", NOW, None, True),
        ("starting", LONG_AGO, None, False),
        ("waiting", LONG_AGO, NOW, True),
        ("waiting", LONG_AGO, LONG_AGO, False),
        ("elsewhere", LONG_AGO, None, True),
        ("failing", NOW, NOW, False),
    ],
)
def test_a_mailbox_that_was_not_seen_for_long_is_not_read(
    state: StateName, since: timedelta, seen: timedelta | None, is_read: bool
) -> None:
    # Reckoned now and not when the tests are collected: that may be long ago, too.
    now = datetime.now(UTC)
    seen_at = None if seen is None else now - seen
    assert State("ventas", state, since=now - since, seen_at=seen_at).is_read == is_read


async def test_a_reader_that_was_stopped_while_another_took_over_stores_nothing(
    flow: Flow,
) -> None:
    """It wakes up in the middle of a batch, and doesn't know that its lock is gone."""
    reader = await holder(flow)
    cursor = await first_contact(flow, box(), Folder(uidvalidity=1, uidnext=1))
    await reader._store(cursor, 1, await judge(flow, [raw_mail(mailbox="info")]))
    await take_locks_away(flow)
    with pytest.raises(DatabaseError, match="The lock on info is lost"):
        await reader._store(cursor, 2, await judge(flow, [GOOD]))
    async with flow.db.transaction() as db:
        rows = await db.execute("SELECT count(*), max(last_uid) FROM events, mailboxes")
        assert await rows.fetchone() == (1, 1)


@pytest.mark.parametrize("batch", [[GOOD, POISON], [POISON, GOOD]], ids=["store", "park"])
async def test_nor_does_it_mail_by_mail_where_the_database_refuses_one(
    flow: Flow, batch: list[RawMail]
) -> None:
    async with flow.db.transaction() as db:
        await db.execute("ALTER TABLE events ADD CHECK (subject <> 'veneno')")
    reader = await holder(flow)
    cursor = await first_contact(flow, box(), Folder(uidvalidity=1, uidnext=1))
    await take_locks_away(flow)
    with pytest.raises(DatabaseError, match="The lock on info is lost"):
        await reader._store(cursor, 2, await judge(flow, batch))
    async with flow.db.transaction() as db:
        rows = await db.execute(
            "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM parked)"
        )
        assert await rows.fetchone() == (0, 0)


async def test_what_came_before_a_mail_that_is_not_handed_out_is_stored(flow: Flow) -> None:
    reader, cursor = await reading(flow)
    refused = FetchRefused([2], MailboxError("The server said NO.", "Wait."))
    inbox = reader._inbox = Handing(GOOD, refused)
    with pytest.raises(FetchRefused):
        async with while_it_waits_to_store(flow, reader._read_new(cursor)):
            assert await asyncio.to_thread(inbox.asked_for_more.wait, 10)
    assert reader._suspect == 2
    assert await kept(flow) == (1, 1, 1)


async def test_who_is_cancelled_while_it_stores_and_fetches_leaves_nothing_half(flow: Flow) -> None:
    reader, cursor = await reading(flow)
    inbox = reader._inbox = Handing(GOOD, OTHER)
    inbox.may_go_on.clear()
    with suppress(asyncio.CancelledError):
        async with while_it_waits_to_store(flow, reader._read_new(cursor)) as task:
            assert await asyncio.to_thread(inbox.asked_for_more.wait, 10)
            task.cancel()
    assert task.cancelled()
    inbox.may_go_on.set()
    assert await kept(flow) == (0, 0, 0)
    reader._inbox = Handing(GOOD, OTHER)
    await reader._read_new(cursor)
    assert await kept(flow) == (2, 2, 2)


async def test_a_batch_that_was_judged_ahead_is_answered_by_the_rules_of_its_storing(
    flow: Flow,
) -> None:
    classifier = Telling(times=2)
    reader, cursor = await reading(replace(flow, at_work=AtWork(classifier, 0.75)))
    reader._inbox = Handing(GOOD, OTHER)
    async with while_it_waits_to_store(flow, reader._read_new(cursor)):
        assert await asyncio.to_thread(classifier.asked.wait, 10)
        off = Answering(switched_off=frozenset({"pedido"}))
        reader.flow.at_work.change(renamed={"consulta": "pedido"}, answering=off)
    assert await kept(flow) == (2, 0, 2)


async def holder(flow: Flow) -> Reader:
    """A reader that has its mailbox's lock."""
    reader = Reader(flow, box())
    reader._lock = await locks.reader(flow.db, "info")
    assert await reader._lock.try_take()
    return reader


async def take_locks_away(flow: Flow) -> None:
    async with flow.db.transaction() as db:
        await db.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
            " WHERE locktype = 'advisory' AND classid = %s",
            [locks.READERS],
        )


class Handing(Inbox):
    """Hands out these mails, one in a batch, or refuses; the second only when it may go on."""

    def __init__(self, *steps: RawMail | FetchRefused) -> None:
        super().__init__(box())
        self._steps = steps
        self.asked_for_more, self.may_go_on = threading.Event(), threading.Event()
        self.may_go_on.set()

    def batches(self, after: int, *, singly_upto: int = 0) -> Iterator[Batch]:
        for uid, step in enumerate(self._steps, start=after + 1):
            if uid > after + 1:
                self.asked_for_more.set()
                self.may_go_on.wait(10)
            if isinstance(step, FetchRefused):
                raise step
            yield Batch([step], uid)


class Telling(StubClassifier):
    """Tells when it was asked so many times."""

    def __init__(self, times: int) -> None:
        self._left = times
        self.asked = threading.Event()

    def classify(self, texts: Sequence[tuple[str, str]]) -> list[Prediction]:
        said = super().classify(texts)
        self._left -= 1
        if self._left == 0:
            self.asked.set()
        return said


async def reading(flow: Flow) -> tuple[Reader, Cursor]:
    """A reader that has its mailbox's lock, and a place before the first mail."""
    cursor = await first_contact(flow, box(), Folder(uidvalidity=1, uidnext=1))
    return await holder(flow), cursor


@asynccontextmanager
async def while_it_waits_to_store(
    flow: Flow, work: Coroutine[Any, Any, Cursor]
) -> AsyncIterator[asyncio.Task[Cursor]]:
    """Have it begin, and let it store only when the `with` ends; then it is waited for."""
    async with flow.db.transaction() as db:
        await intake.lock(db)
        task = asyncio.create_task(work)
        yield task
    await task


async def kept(flow: Flow) -> tuple[int, ...] | None:
    """How many mails, how many replies, and the place in the mailbox."""
    async with flow.db.transaction() as db:
        rows = await db.execute(
            "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM outbox), last_uid"
            " FROM mailboxes"
        )
        return await rows.fetchone()

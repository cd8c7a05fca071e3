from datetime import UTC, datetime, timedelta

import pytest

from buzon.errors import DatabaseError
from buzon.flow import Flow, judge
from buzon.mail.imap import Folder
from buzon.reception.mailbox import STALE, Reader, State, StateName, first_contact
from buzon.records import RawMail
from buzon.store import locks
from peers.flows import raw_mail
from reception.test_first_contact import box

NOW = timedelta()
LONG_AGO = STALE + timedelta(minutes=1)

GOOD = raw_mail(mailbox="info", message_id="<dos@example.org>")
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

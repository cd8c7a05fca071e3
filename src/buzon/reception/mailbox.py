"""One reader a mailbox: it hands what comes in to the flow, and moves its cursor in the same
transaction that stores it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal, TypeVar

import structlog

from buzon.config import Mailbox
from buzon.errors import BuzonError, DatabaseError, MailboxError, gist
from buzon.flow import Flow, Handled, Verdict, judge, keep
from buzon.mail.bearer import Bearer
from buzon.mail.imap import MARK_BATCH, Batch, FetchRefused, Folder, Inbox
from buzon.records import RawMail
from buzon.store import locks, mailbox_states, mailboxes, parked
from buzon.store.db import Connection
from buzon.store.mailboxes import Cursor

log = structlog.get_logger()

T = TypeVar("T")
StateName = Literal["starting", "reading", "waiting", "elsewhere", "failing"]

# Servers may end IDLE after 10 minutes (RFC 2177 says 29); a search after each wait is the net
# for notices that got lost.
IDLE_SECONDS = 4 * 60.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
REFUSED_PAUSE = 300.0  # too many wrong passwords make a provider lock the account
STALE = timedelta(minutes=10)  # more than twice as long as anything here may wait
LOCK_PAUSE = 1.0  # before a lock is tried again that another process has

# Where UIDVALIDITY has changed: how far back from the last reading to look for mails that were not
# stored yet.
LOOK_BACK = timedelta(days=3)


@dataclass
class State:
    """How a mailbox is doing, for the page and for `readyz`. Where it fails, `error` is what the
    server said, and `step` where that was: one of mail.trial, or "token" where the password's place
    is taken by one."""

    name: str
    state: StateName = "starting"
    error: str = ""
    step: str = ""
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    seen_at: datetime | None = None

    @property
    def is_read(self) -> bool:
        """Whether it is well: by us, of late, or by another process."""
        if self.state in ("failing", "elsewhere"):
            return self.state == "elsewhere"
        return datetime.now(UTC) - max(self.seen_at or self.since, self.since) < STALE

    def become(self, state: StateName, error: str = "", step: str = "") -> None:
        if (state, error) != (self.state, self.error):
            self.state, self.error, self.since = state, error, datetime.now(UTC)
            self.step = step


class Reader:
    """Reads one mailbox for as long as it runs, whatever happens to server or database."""

    def __init__(self, flow: Flow, mailbox: Mailbox, bearer: Bearer | None = None) -> None:
        self.flow = flow
        self.bearer = bearer
        self.mailbox = mailbox
        self.state = State(mailbox.key)
        self.wanted = asyncio.Event()  # whether this process is to read it, where others could
        self.wanted.set()
        self._inbox = Inbox(mailbox)
        self._lock: locks.Lock | None = None
        self._leaving = False
        # A thread of its own: fifty mailboxes that wait must not use up the common ones.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"imap-{mailbox.key}")
        self._failures = 0
        self._told: set[str] = set()  # what was logged since the mailbox was last well
        # Where the server handed nothing out; up to where mails are asked for one by one; and those
        # that we did without.
        self._suspect = self._singly_upto = 0
        self._unread: set[int] = set()

    async def run(self) -> None:
        """Until cancelled. Trouble is logged once, when it begins, and once when it ends."""
        try:
            while True:
                await self._as_only_reader()
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def lock_pid(self) -> int | None:
        """The database's process that holds our lock, as far as we know."""
        return self._lock.pid if self._lock else None

    def start_over(self) -> None:
        """Leave the mailbox soon, and read it again if that is wanted and the lock is free."""
        self._leaving = True
        self._inbox.stop()

    async def _as_only_reader(self) -> None:
        if not self.wanted.is_set():
            self.state.become("elsewhere")
            await self.wanted.wait()
        try:
            lock = await locks.reader(self.flow.db, self.mailbox.key)
            if not await lock.try_take():
                self.state.become("elsewhere")
                await asyncio.sleep(LOCK_PAUSE)
                return
            self._lock, self._leaving = lock, not self.wanted.is_set()
            try:
                await self._read(lock)
            finally:
                self._lock = None
                await lock.release()
        except BuzonError as error:
            await self._pause(error)
        except Exception as error:
            # A fault of ours in one mailbox must not end the reading of the others.
            failure = MailboxError(f"Reading failed: {error!r}.", "Please report it.")
            if gist(failure) not in self._told:
                log.exception("reader failed", mailbox=self.mailbox.key)
            await self._pause(failure)

    async def _pause(self, error: BuzonError) -> None:
        if gist(error) not in self._told:
            self._told.add(gist(error))
            log.warning("mailbox fails", mailbox=self.mailbox.key, why=str(error))
        said = getattr(error, "said", "") or str(error)
        step = getattr(error, "step", "")
        self.state.become("failing", said, "token" if step == "sign-in" and self.bearer else step)
        await self._note_fault(error, said)
        longest = REFUSED_PAUSE if getattr(error, "permanent", False) else LONGEST_PAUSE
        pause = min(FIRST_PAUSE * 2**self._failures, longest)
        self._failures = min(self._failures + 1, 10)
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret

    async def _note_fault(self, error: BuzonError, said: str) -> None:
        """For the other processes, where the database is not what fails."""
        if not isinstance(error, DatabaseError):
            with suppress(DatabaseError):
                async with self.flow.db.transaction() as db:
                    await mailbox_states.fails(db, self.mailbox.key, said)

    async def _read(self, lock: locks.Lock) -> None:
        token = await self.bearer.token() if self.bearer else ""
        inbox = self._inbox = Inbox(self.mailbox, token=token)
        try:
            cursor = await self._find_place(await self._open(inbox))
            while not self._leaving:
                if not await lock.check():
                    raise self._lock_lost()
                cursor = await self._read_new(cursor)
                await self._well()
                await self._in_thread(lambda: inbox.wait(IDLE_SECONDS))
        finally:
            inbox.stop()
            inbox.close()

    async def _open(self, inbox: Inbox) -> Folder:
        try:
            return await self._in_thread(inbox.open)
        except MailboxError as error:
            if self.bearer and error.permanent and error.step == "sign-in":
                await self.bearer.refused(inbox.token)
            raise

    async def _well(self) -> None:
        if self._told:
            log.info("mailbox is read again", mailbox=self.mailbox.key)
        self._told.clear()
        self._failures = 0
        self.state.become("waiting")
        self.state.seen_at = datetime.now(UTC)
        async with self.flow.db.transaction() as db:
            await mailbox_states.seen(db, self.mailbox.key)

    async def _find_place(self, folder: Folder) -> Cursor:
        cursor = await first_contact(self.flow, self.mailbox, folder)
        moved = cursor.host not in {None, self.mailbox.host}
        if moved or cursor.uidvalidity != folder.uidvalidity or cursor.last_uid >= folder.uidnext:
            cursor = await self._find_place_again(cursor, folder)
        async with self.flow.db.transaction() as db:
            await mailboxes.note_account(db, self.mailbox.key, self.mailbox.host, self.mailbox.user)
        return cursor

    async def _find_place_again(self, cursor: Cursor, folder: Folder) -> Cursor:
        """The server numbers its mails anew, or is another one: store those of the last days that
        we don't have, and go on behind them. Those we have are known by their Message-ID; only what
        is new is marked, for what is there from before is left as its owner has it by now."""
        log.warning("mails are numbered anew", mailbox=self.mailbox.key, new=folder.uidvalidity)
        day = max(cursor.started_at, min(cursor.read_at, datetime.now(UTC)) - LOOK_BACK)

        async def store(batch: Batch, judged: Sequence[Verdict]) -> None:
            handled = await keep(self.flow, judged, permit=self._as_holder)
            pairs = zip(batch.mails, handled, strict=True)
            new = [mail.uid for mail, done in pairs if mail.uid and not done.duplicate]
            await self._in_thread(partial(self._inbox.mark, new))

        await self._for_each(self._inbox.since(day), store)
        async with self.flow.db.transaction() as db:
            await self._as_holder(db)
            await mailboxes.move(
                db, cursor, uidvalidity=folder.uidvalidity, last_uid=folder.uidnext - 1
            )
            return await mailboxes.cursor(db, self.mailbox.key) or cursor

    async def _as_holder(self, db: Connection) -> None:
        """Have a transaction fail that another reader's lock forbids."""
        if self._lock is None or not await self._lock.is_held(db):
            raise self._lock_lost()

    def _lock_lost(self) -> DatabaseError:
        return DatabaseError(f"The lock on {self.mailbox.key} is lost.")

    async def _read_new(self, cursor: Cursor) -> Cursor:
        place = cursor

        async def store(batch: Batch, judged: Sequence[Verdict]) -> None:
            nonlocal place
            place = await self._store(place, batch.last_uid, judged)

        inbox, suspect = self._inbox, self._suspect
        another = suspect and await self._in_thread(partial(inbox.hands_out_another, suspect))
        try:
            batches = inbox.batches(cursor.last_uid, singly_upto=self._singly_upto)
            await self._for_each(batches, store)
        except FetchRefused as error:
            await self._note_refused(place, error, proven=bool(another))
            raise
        self._suspect = self._singly_upto = 0
        return await self._mark(place)

    async def _store(self, cursor: Cursor, last_uid: int, judged: Sequence[Verdict]) -> Cursor:
        self.state.become("reading")
        self.state.seen_at = datetime.now(UTC)

        async def move(db: Connection, _handled: Sequence[Handled]) -> None:
            await mailboxes.move(db, cursor, uidvalidity=cursor.uidvalidity, last_uid=last_uid)

        await keep(self.flow, judged, move, self._as_holder)
        return replace(cursor, last_uid=last_uid)

    async def _note_refused(self, cursor: Cursor, error: FetchRefused, *, proven: bool) -> None:
        """See that one mail which the server doesn't hand out holds up no others: what was refused
        twice is asked for one by one, and a mail that is refused alone, while another one is
        handed out, is parked without its content."""
        first, last = error.uids[0], error.uids[-1]
        if first != self._suspect:
            self._suspect = first
        elif first != last:
            self._singly_upto = last
        elif proven:
            log.warning("mail parked", mailbox=self.mailbox.key, uid=first, why=error.what)
            raw = RawMail(self.mailbox.key, b"", datetime.now(UTC), "imap", 0, first)
            async with self.flow.db.transaction() as db:
                await self._as_holder(db)
                await parked.add(db, raw, error.what)
                await mailboxes.move(db, cursor, uidvalidity=cursor.uidvalidity, last_uid=first)
            self._unread.add(first)

    async def _mark(self, cursor: Cursor) -> Cursor:
        """Mark or move what is stored, also what an earlier life of ours stored and didn't mark."""
        if self.mailbox.after == "none" or cursor.marked_uid >= cursor.last_uid:
            return cursor
        inbox = self._inbox
        uids = await self._in_thread(lambda: inbox.uids(cursor.marked_uid, cursor.last_uid))
        for start in range(0, len(uids), MARK_BATCH):
            some = uids[start : start + MARK_BATCH]
            stored = [uid for uid in some if uid not in self._unread]
            await self._in_thread(partial(inbox.mark, stored))
            await self._marked(some[-1])
        await self._marked(cursor.last_uid)
        return replace(cursor, marked_uid=cursor.last_uid)

    async def _marked(self, uid: int) -> None:
        async with self.flow.db.transaction() as db:
            await self._as_holder(db)
            await mailboxes.marked(db, self.mailbox.key, uid)

    async def _for_each(
        self,
        batches: Iterator[Batch],
        handle: Callable[[Batch, Sequence[Verdict]], Awaitable[None]],
    ) -> None:
        """Handle batch after batch, and fetch and judge the next one meanwhile."""
        coming = asyncio.create_task(self._next(batches))
        try:
            while found := await coming:
                coming = asyncio.create_task(self._next(batches))
                await handle(*found)
        finally:
            coming.cancel()
            # What the fetching ahead fails at while `handle` fails isn't told: maybe it fails only
            # because we leave, and a mail that is refused will be refused at the next reading too.
            await asyncio.gather(coming, return_exceptions=True)

    async def _next(self, batches: Iterator[Batch]) -> tuple[Batch, list[Verdict]] | None:
        batch = await self._in_thread(lambda: next(batches, None))
        return None if batch is None else (batch, await judge(self.flow, batch.mails))

    def _in_thread(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work)


async def first_contact(flow: Flow, mailbox: Mailbox, folder: Folder) -> Cursor:
    """The place in this mailbox; the first time, or where another account stands behind its name,
    it is "now", for what is older is not ours to answer."""
    async with flow.db.transaction() as db:
        cursor = await mailboxes.cursor(db, mailbox.key)
        theirs = cursor and cursor.username not in {None, mailbox.user}
        if cursor is None or cursor.folder != mailbox.folder or theirs:
            last = folder.uidnext - 1
            await mailboxes.start(db, mailbox.key, mailbox.folder, folder.uidvalidity, last)
            log.info("mailbox is read from now on", mailbox=mailbox.key, last_uid=last)
            await mailboxes.note_account(db, mailbox.key, mailbox.host, mailbox.user)
            cursor = await mailboxes.cursor(db, mailbox.key)
    assert cursor is not None  # noqa: S101 - started just above
    return cursor

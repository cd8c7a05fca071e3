"""Replies go out: claimed by a conditional update, sent, and each answer of the server recorded
before anything else is done with it.

Between the server's 250 and our commit lies the only moment in which a crash can send a reply
twice, and then with the same Message-ID. It is kept short by recording every few milliseconds
what has come in meanwhile.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from buzon.errors import DatabaseError, DatabaseUnreachable
from buzon.flow.handing import could_report
from buzon.flow.intake import Flow
from buzon.flow.letting_go import give_up_old, unblock
from buzon.mail.smtp import NotOurs, Outgoing, backoff
from buzon.records import Outcome, QueuedReply
from buzon.store import handed, locks, notify, outbox
from buzon.store.db import ContentRefused
from buzon.store.outbox import Tried

log = structlog.get_logger()

BATCH = 200
LOCK_CHECK = 2.0  # seconds

# How long after the lock was seen nobody can have taken us for dead: less than letting_go.PATIENCE.
SURE = 8.0  # seconds

RECORD_RETRY = 0.5  # seconds
CLAIMS_CHECK = 10.0  # seconds
PATIENCE = 30.0  # seconds that claiming may take


def now() -> float:
    """Seconds that pass also while the machine is suspended, where it has a clock of that kind (as
    Linux has): others may send our mails meanwhile."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


class Courier:
    """One worker's hands: claims replies and sends them."""

    def __init__(self, flow: Flow, sender: Outgoing) -> None:
        self.flow = flow
        self.db = flow.db
        self.sender = sender
        self.stopping = False
        self._number: int | None = None  # the same for life: what is claimed is claimed under it
        self._lock: locks.Lock | None = None
        self._sure_until = 0.0  # of the clock `now`
        self._life = 0  # another one each time that we may have been taken for dead
        self._in_hand: Counter[int] = Counter()  # a mail that failed may be in a second batch
        self._claiming = asyncio.Lock()

    async def stay_alive(self) -> None:
        """Hold the lock that says this worker lives, and take it again when it is lost."""
        if self._number is None:
            self._number = await locks.next_worker_number(self.db)
        lock = locks.Lock(self.db, outbox.WORKERS, self._number)
        try:
            while True:
                asked_at = now()
                try:
                    if await lock.check() or await lock.try_take():
                        self._lock = lock
                        self._note_alive(asked_at)
                except DatabaseError as error:
                    log.debug("worker's lock lost", why=error.what)
                await asyncio.sleep(LOCK_CHECK)
        finally:
            await lock.release()

    def _note_alive(self, at: float) -> None:
        if at > self._sure_until:
            self._life += 1
        self._sure_until = at + SURE

    async def keep_claims(self) -> None:
        """Give back what is claimed in our name and not in our hands. No job: whose turn a job
        is, chance decides, and nobody else may do this, for we live."""
        while True:
            await asyncio.sleep(CLAIMS_CHECK)
            try:
                await self._unclaim_forgotten()
            except DatabaseError as error:
                log.debug("claims not looked at", why=error.what)

    async def deliver(self) -> int:
        """Send what is due, until nothing is; how many were tried."""
        tried = 0
        while not self.stopping and (mails := await self._claim()):
            await self._send(mails)
            tried += len(mails)
        return tried

    async def tend(self) -> None:
        """What is done every few seconds: free what dead workers had claimed, let go what the
        global cap held back, take back what an external sender didn't report, and send what has
        become due."""
        async with self.db.transaction() as db:
            changed = await unblock(db, self.flow)
            if could_report(self.db):
                changed += await handed.take_back(db)
            await notify.notify(db, changed)
        await self.deliver()

    async def _claim(self) -> list[QueuedReply]:
        if self._lock is None or not self._lock.held or now() >= self._sure_until:
            return []  # without the lock another worker would take us for dead
        async with self._alone():
            async with self.db.transaction() as db:
                await notify.notify(db, await give_up_old(db))
                mails = await outbox.claim(db, self._lock.number, BATCH)
            self._in_hand.update(mail.id for mail in mails)
            return mails

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """One at a time claims or gives back, and not for ever: all that come after would wait.
        Raises DatabaseUnreachable."""
        try:
            async with asyncio.timeout(PATIENCE), self._claiming:
                yield
        except TimeoutError as error:
            raise DatabaseUnreachable("The database does not answer.") from error

    async def _unclaim_forgotten(self) -> None:
        """Give back what is claimed in our name and not in our hands: a claim was committed as the
        connection broke, or could not be given back. Nobody else would, for we live."""
        if self._lock is None:
            return
        async with self._alone(), self.db.transaction() as db:
            claimed = await outbox.claimed(db, self._lock.number)
            await outbox.unclaim(db, self._lock.number, sorted(claimed - self._in_hand.keys()))

    async def _send(self, mails: Sequence[QueuedReply]) -> None:
        waiting = deque(mails)
        unrecorded = {mail.id: mail for mail in mails}
        life = self._life

        def still_ours() -> bool:
            """Not after we were stopped for so long that others may send these."""
            return life == self._life and now() < self._sure_until

        async def record(outcomes: Sequence[Outcome]) -> None:
            tried = [unrecorded[outcome.id] for outcome in outcomes]
            await self._record(tried, outcomes)
            for mail, outcome in zip(tried, outcomes, strict=True):
                del unrecorded[mail.id]
                log.info(
                    "answer tried",
                    mail=mail.reply.event_id,
                    attempt=mail.attempts,
                    outcome=outcome.status,
                )

        async def give_back(untried: Sequence[QueuedReply]) -> None:
            self._in_hand -= Counter(mail.id for mail in untried)
            try:
                await self._unclaim_forgotten()
            except DatabaseError as error:  # `keep_claims` does it, or whoever finds us dead
                log.debug("claims not given back", why=error.what)

        try:
            await self.sender.send(waiting, record, still_ours, give_back)
        except NotOurs:
            log.warning("sending stopped: others may have taken over", replies=len(waiting))
        finally:
            # What the server may have by now stays claimed: whoever finds us dead takes it then.
            recorded = [mail for mail in mails if mail.id not in unrecorded]
            self._in_hand -= Counter(mail.id for mail in recorded)
            if waiting:
                await give_back(waiting)

    async def _record(self, mails: Sequence[QueuedReply], outcomes: Sequence[Outcome]) -> None:
        """Write the server's answers down, however long the database is away: to forget a 250
        would be to send again."""
        told = False
        while True:
            try:
                await self._note(mails, outcomes)
                return
            except DatabaseError as error:
                refused = isinstance(error, ContentRefused)
                if refused and len(mails) > 1:
                    each = zip(mails, outcomes, strict=True)
                    await asyncio.gather(*(self._record([m], [o]) for m, o in each))
                    return
                if not told:
                    log.warning("outcomes not recorded yet", outcomes=len(mails), why=error.what)
                told = True
                if refused and outcomes[0].detail:
                    outcomes = [replace(outcomes[0], detail="")]
                else:
                    await asyncio.sleep(RECORD_RETRY)

    async def _note(self, mails: Sequence[QueuedReply], outcomes: Sequence[Outcome]) -> None:
        assert self._lock is not None  # noqa: S101 - nothing is claimed without it
        tried = [
            Tried(outcome, mail.attempts, datetime.now(UTC) + backoff(mail.attempts))
            for mail, outcome in zip(mails, outcomes, strict=True)
        ]
        async with self.db.reading() as db:
            recorded = await outbox.record(db, self._lock.number, tried)
        if len(recorded) < len(mails):
            log.warning("outcomes came too late", outcomes=len(mails) - len(recorded))

"""Hand replies to the SMTP server, over a few connections that are kept.

`Outgoing` shares the mails of a call among the connections (smtp_connection.py, which speaks
with the server); each outcome is reported before that connection takes its next mail, and those
that come within a few milliseconds are reported together.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from buzon.errors import SendError
from buzon.mail.borrowed import one_line
from buzon.mail.smtp_connection import DETAIL_LIMIT, Connection, Server
from buzon.mail.smtp_envelope import NotOurs
from buzon.records import Outcome, QueuedReply, Reply

__all__ = ["EXPIRY", "NotOurs", "Outgoing", "Server", "backoff"]

EXPIRY = timedelta(days=2)
PAUSES = tuple(map(timedelta, (0,) * 6, (10, 30, 120, 600, 1800, 3600)))
JITTER = 0.2

# How long the first of several outcomes waits for those of the mails that are under way beside it.
# To report them together costs the reporter a fraction; to wait long, the crash that sends twice.
GATHER = 0.005  # seconds

# A connection that broke so many mails running is given up: each may have hung for a minute.
PATIENCE = 3

log = structlog.get_logger(__name__)

Done = Callable[[Sequence[Outcome]], Awaitable[None]]
GiveBack = Callable[[Sequence[QueuedReply]], Awaitable[None]]


async def nobody(_untried: Sequence[QueuedReply]) -> None:
    """Where nobody else would try what wasn't tried."""


def backoff(attempts: int) -> timedelta:
    """How long to wait after that many failed attempts: 10 s at first, an hour in the end, a
    fifth more or less, so that what failed together does not come back together."""
    pause = PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
    return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 (no secret)


@dataclass(slots=True)
class _Batch:
    """The mails of one call: those that no connection has taken yet, how many are under way, and
    what became of the others but isn't reported yet."""

    waiting: deque[QueuedReply]
    done: Done
    still_ours: Callable[[], bool]
    trouble: str = ""
    stopped: bool = False
    under_way: int = 0
    _untold: list[tuple[Outcome, asyncio.Future[None]]] = field(default_factory=list)
    _all_told: asyncio.Event = field(default_factory=asyncio.Event)
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock)

    def take(self) -> QueuedReply | None:
        """One that waits, unless there is none, or no more are to be sent."""
        if self.stopped or not self.waiting:
            return None
        self.under_way += 1
        self._all_told.clear()
        return self.waiting.popleft()

    def put_back(self, queued: QueuedReply) -> None:
        self.waiting.appendleft(queued)
        self._arrived()

    async def report(self, outcome: Outcome) -> None:
        """Return when `done` has heard of it, by whoever tells of all that wait for that; raises
        what that raised."""
        told = asyncio.get_running_loop().create_future()
        self._untold.append((outcome, told))
        self._arrived()
        async with self._telling:
            if not told.done():
                with suppress(TimeoutError):
                    async with asyncio.timeout(GATHER):
                        await self._all_told.wait()
                await self._tell()
        await told

    async def _tell(self) -> None:
        together, self._untold = self._untold, []
        try:
            await self.done([outcome for outcome, _ in together])
        except BaseException as error:
            for _, told in together:
                told.set_exception(error)
        else:
            for _, told in together:
                told.set_result(None)

    def _arrived(self) -> None:
        self.under_way -= 1
        if not self.under_way:
            self._all_told.set()


class Outgoing:
    """Sends replies over at most `server.connections` connections, kept between calls."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._places = asyncio.Semaphore(server.connections)
        self._idle: list[Connection] = []
        self._farewells: set[asyncio.Task[None]] = set()
        self._reachable = True
        self._wrong: set[str] = set()  # settings that were told to be wrong

    async def send(
        self,
        waiting: deque[QueuedReply],
        done: Done,
        still_ours: Callable[[], bool] = lambda: True,
        give_back: GiveBack = nobody,
    ) -> None:
        """Try each mail once, and await `done` with its outcome as soon as it is known, or a few
        milliseconds later together with others'.

        A connection takes its next mail out of `waiting` only when `done` has returned, so no more
        than `server.connections` mails are ever accepted by the server and not yet recorded. When
        no connection can be had, what is left gets "retry" at once, all together. What `done`
        raises is raised here, after the mails under way are finished; what nobody has tried is left
        in `waiting` then. The same where `still_ours` says no: NotOurs is raised then. When this is
        cancelled, what nobody has tried goes to `give_back` at once. Who cancels it a second time
        doesn't wait for the mails under way: they are finished, and reported, as long as the loop
        runs.
        """
        batch = _Batch(waiting, done, still_ours)
        count = min(self.server.connections, len(waiting))
        workers = [asyncio.create_task(self._work(batch)) for _ in range(count)]
        try:
            await _finish(workers)
        except asyncio.CancelledError:
            batch.stopped = True
            left = [*waiting]
            waiting.clear()
            await give_back(left)
            with suppress(NotOurs):
                await _finish(workers)
            raise
        if waiting:
            self._note_unreachable(batch.trouble)
            trouble = one_line(batch.trouble, DETAIL_LIMIT)
            untried = [Outcome(queued.id, "retry", trouble) for queued in waiting]
            waiting.clear()
            await done(untried)

    async def send_one(self, reply: Reply) -> Outcome:
        """Try a mail that stands in no outbox, once."""
        outcomes: list[Outcome] = []

        async def note(told: Sequence[Outcome]) -> None:
            outcomes.extend(told)

        await self.send(deque([QueuedReply(0, 1, datetime.now(UTC), reply)]), note)
        return outcomes[0]

    async def _work(self, batch: _Batch) -> None:
        """Send waiting mails over one connection until none is left or it is given up."""
        async with self._places:
            if batch.stopped or not batch.waiting:
                return
            connection = self._idle.pop() if self._idle else Connection(self.server)
            try:
                await self._send_waiting(batch, connection)
            except SendError as error:
                batch.trouble = str(error)
            except BaseException:
                batch.stopped = True
                raise
            finally:
                self._keep(connection)

    async def _send_waiting(self, batch: _Batch, connection: Connection) -> None:
        broken = 0
        while broken < PATIENCE:
            await connection.ready()
            queued = batch.take()
            if queued is None:
                return
            try:
                outcome = await connection.deliver(queued, batch.still_ours)
            except BaseException:
                if not connection.handed_over:
                    batch.put_back(queued)
                raise
            if outcome.status == "sent":
                self._note_reachable()
            self._note_wrong(outcome)
            await batch.report(outcome)
            gone = outcome.status == "retry" and not connection.is_open
            broken = broken + 1 if gone else 0
            batch.trouble = outcome.detail if gone else batch.trouble

    def _note_unreachable(self, why: str) -> None:
        if self._reachable:
            log.warning("smtp.unreachable", host=self.server.host, port=self.server.port, why=why)
        self._reachable = False

    def _note_wrong(self, outcome: Outcome) -> None:
        if outcome.setting and outcome.setting not in self._wrong:
            log.warning("smtp.refused", setting=outcome.setting, why=outcome.detail)
            self._wrong.add(outcome.setting)

    def _note_reachable(self) -> None:
        if not self._reachable:
            log.info("smtp.reachable", host=self.server.host, port=self.server.port)
        self._reachable = True

    def _keep(self, connection: Connection) -> None:
        if connection.is_open:
            uses = connection.uses
            self._idle.append(connection)
            later = asyncio.get_running_loop().call_later
            later(self.server.idle_timeout, self._retire, connection, uses)

    def _retire(self, connection: Connection, uses: int) -> None:
        """Close a connection that lay idle since; one used meanwhile has a later appointment."""
        if connection in self._idle and connection.uses == uses:
            self._idle.remove(connection)
            farewell = asyncio.create_task(connection.quit())
            self._farewells.add(farewell)
            farewell.add_done_callback(self._farewells.discard)

    async def check(self) -> str:
        """One sentence that says the server takes us; sends nothing. Raises SendError, which
        says the step that failed and what to do."""
        connection = Connection(self.server)
        try:
            await connection.ready()
            await connection.noop()
        finally:
            await connection.quit()
        return f"{self.server} is ready."

    async def close(self) -> None:
        """Say goodbye on every kept connection. Call it when nothing is being sent."""
        kept, self._idle = self._idle, []
        await asyncio.gather(*(connection.quit() for connection in kept), *self._farewells)


async def _finish(workers: Sequence[asyncio.Task[None]]) -> None:
    """Wait for all, then raise what the first failed one raised."""
    if workers:
        await asyncio.wait(workers)
    for worker in workers:
        worker.result()

"""Mails are understood in a process beside ours, so that a second core takes part.

What is imported here is what that process needs, and nothing else.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from typing import Literal

import structlog

from buzon.errors import BuzonError
from buzon.mail import language
from buzon.mail.loops import Own
from buzon.mail.understand import (
    UnderstandAll,
    Understood,
    understand_all,
    understand_in_thread,
)
from buzon.records import RawMail

log = structlog.get_logger()

Method = Literal["fork", "spawn"]  # how a process begins: as a copy of ours, or anew

# A copy shares our memory. Only Linux makes one safely of a process whose libraries have threads.
COPIED: Method = "fork" if sys.platform == "linux" else "spawn"
HANDED_OVER = 8  # mails; fewer are understood sooner here
PATIENT = 100  # mails; fewer don't wait for those of others
TRIES = 2
GREETING = "Buenos días, ¿a qué hora abren?"


@contextmanager
def copied() -> Iterator[UnderstandAll]:
    """A copy of this process, which must not have begun anything yet, understands all but a few
    mails. Where the system gives us no second process, we do."""
    language.detect(GREETING)  # its model is large: loaded once, for us and for our copy
    try:
        beside = _Beside(0, COPIED)
    except OSError as error:
        log.warning("no second process: mails are understood in this one", why=str(error))
        yield understand_in_thread
        return

    async def understand(raws: Sequence[RawMail], own: Own) -> list[Understood]:
        few = len(raws) < (PATIENT if beside.busy else HANDED_OVER)
        return await (understand_in_thread if few else beside.understand)(raws, own)

    try:
        yield understand
    finally:
        beside.end()


@asynccontextmanager
async def understanding(niceness: int) -> AsyncIterator[UnderstandAll]:
    """A process of its own understands, so much nicer than ours: others come first."""
    beside = await asyncio.to_thread(_Beside, niceness, "spawn")
    try:
        yield beside.understand
    finally:
        await asyncio.to_thread(beside.end)  # pages don't wait for that


class _Beside:
    """A process that understands mails, and another one should it be ended from outside."""

    def __init__(self, niceness: int, method: Method) -> None:
        """Raises OSError where there can be none."""
        self._niceness = niceness
        self._child = _Child(niceness, method)
        self._thread = ThreadPoolExecutor(1)  # one asks at a time, and is never left halfway
        self._asked = 0
        self._ending = False

    @property
    def busy(self) -> bool:
        return self._asked > 0

    async def understand(self, raws: Sequence[RawMail], own: Own) -> list[Understood]:
        """Raises BuzonError where the second process was ended over these mails too."""
        self._asked += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._ask, raws, own)
        finally:
            self._asked -= 1

    def _ask(self, raws: Sequence[RawMail], own: Own) -> list[Understood]:
        for _ in range(TRIES):
            try:
                return self._child.understand(raws, own)
            except (EOFError, OSError) as error:
                why = error
                self._child.end()
                if self._ending:
                    break
                self._child = _Child(self._niceness, "spawn")  # by now there are threads of ours
        raise BuzonError(
            "The process that parses mails was ended from outside.",
            "Start the import again: it goes on where it was. Was memory short?",
        ) from why

    def end(self) -> None:
        """At once: what it was asked is asked again, where it is still wanted."""
        self._ending = True
        self._child.kill()
        self._thread.shutdown(cancel_futures=True)
        self._child.end()


class _Child:
    """The process, and the pipe to it, which it alone holds the other end of: when one of us ends,
    however that is, the other one is told."""

    def __init__(self, niceness: int, method: Method) -> None:
        context = get_context("fork") if method == "fork" else get_context("spawn")
        self._pipe, theirs = context.Pipe()
        ours = self._pipe if method == "fork" else None
        self._process = context.Process(target=_work, args=(theirs, ours, niceness), daemon=True)
        self._process.start()
        theirs.close()

    def understand(self, raws: Sequence[RawMail], own: Own) -> list[Understood]:
        """As `understand_all`. Raises EOFError or OSError where the process has ended."""
        self._pipe.send((raws, own))
        found: list[Understood] | Exception = self._pipe.recv()
        if isinstance(found, Exception):
            raise found
        return found

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self.kill()
        self._process.join()
        self._pipe.close()


def _work(pipe: Pipe, parents: Pipe | None, niceness: int) -> None:
    if parents:  # a copy has it too
        parents.close()
    os.nice(niceness)
    for sign in (signal.SIGINT, signal.SIGTERM):  # they reach all; it's our parent who ends us
        signal.signal(sign, signal.SIG_IGN)
    with suppress(EOFError, OSError):  # our parent has ended
        while True:
            pipe.send(_done(*pipe.recv()))


def _done(raws: Sequence[RawMail], own: Own) -> list[Understood] | Exception:
    try:
        return understand_all(raws, own)
    except Exception as error:
        return error

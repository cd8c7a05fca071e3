"""Mails are understood in a process beside ours, so that a second core takes part.

What is imported here is what that process needs, and nothing else.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager, contextmanager
from multiprocessing import get_context, parent_process

from buzon.errors import BuzonError
from buzon.mail import language
from buzon.mail.loops import Own
from buzon.mail.understand import Understood, understand_all
from buzon.records import RawMail

UnderstandAll = Callable[[Sequence[RawMail], Own], Awaitable[list[Understood]]]

FEW = 8  # mails: understood sooner than handed over
# A process that began as a copy of ours shares our memory. Only Linux copies one safely in which
# libraries have begun threads.
COPIED = "fork" if sys.platform == "linux" else "spawn"
GREETING = "Buenos días, ¿a qué hora abren?"


@contextmanager
def warming_up() -> Iterator[None]:
    """What is large and takes long to load is loaded meanwhile, once for us and for our copy."""
    loading = threading.Thread(target=language.detect, args=[GREETING])
    loading.start()
    yield
    loading.join()


@contextmanager
def copied() -> Iterator[UnderstandAll]:
    """A copy of this process, which must not have begun anything yet, understands all but a few
    mails."""
    beside = _Beside(0, COPIED)
    beside.begin()

    async def understand(raws: Sequence[RawMail], own: Own) -> list[Understood]:
        if len(raws) < FEW:
            return await asyncio.to_thread(understand_all, raws, own)
        return await beside.understand(raws, own)

    try:
        yield understand
    finally:
        beside.end()


@asynccontextmanager
async def understanding(niceness: int) -> AsyncIterator[UnderstandAll]:
    """A process of its own understands, so much nicer than ours: others come first."""
    beside = _Beside(niceness, "spawn")
    try:
        yield beside.understand
    finally:
        await asyncio.to_thread(beside.end)  # pages don't wait for that


class _Beside:
    """A process that understands mails, and another one should it be ended from outside."""

    def __init__(self, niceness: int, begun: str) -> None:
        self._niceness = niceness
        self._pool = self._new_pool(begun)

    def _new_pool(self, begun: str) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            1,
            mp_context=get_context(begun),
            initializer=_stand_back,
            initargs=(self._niceness,),
        )

    def begin(self) -> None:
        """Now, and not with the first mails."""
        self._pool.submit(bool)

    async def understand(self, raws: Sequence[RawMail], own: Own) -> list[Understood]:
        """Raises BuzonError where the second process was ended over these mails too."""
        pool = self._pool
        try:
            return await _understand_in(pool, raws, own)
        except BrokenProcessPool:
            if self._pool is pool:  # else another batch has seen to it
                self._pool = self._new_pool("spawn")  # by now there are threads of ours
        try:
            return await _understand_in(self._pool, raws, own)
        except BrokenProcessPool as error:
            raise BuzonError(
                "The process that reads mails was ended from outside, twice.",
                "Was memory short? Nothing is lost: started again, an import goes on where it was.",
            ) from error

    def end(self) -> None:
        """Once the mails under way are understood."""
        self._pool.shutdown(cancel_futures=True)


def _stand_back(niceness: int) -> None:
    os.nice(niceness)
    for sign in (signal.SIGINT, signal.SIGTERM):  # they reach all; it's we who end this process
        signal.signal(sign, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A process that is killed ends no other one, and this one would wait for mails for ever."""
    if parent := parent_process():
        parent.join()
    os._exit(1)


async def _understand_in(
    pool: ProcessPoolExecutor, raws: Sequence[RawMail], own: Own
) -> list[Understood]:
    return await asyncio.get_running_loop().run_in_executor(pool, understand_all, raws, own)

"""Mails of an import are parsed in a process of its own.

It imports this module, and so what stands here is kept light.
"""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from multiprocessing import get_context, parent_process

from buzon.errors import BuzonError
from buzon.flow import ParseAll
from buzon.mail.parse import parse_all
from buzon.records import Message, RawMail


@asynccontextmanager
async def parser(niceness: int = 0) -> AsyncIterator[ParseAll]:
    """Parses in a process of its own, so that a second core takes part; so much nicer than we are,
    where others come first."""
    parsing = _Parsing(niceness)
    try:
        yield parsing.parse_all
    finally:
        await parsing.end()


class _Parsing:
    """A process that parses, and another one should it be ended from outside."""

    def __init__(self, niceness: int) -> None:
        self._niceness = niceness
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            1,
            mp_context=get_context("spawn"),
            initializer=_stand_back,
            initargs=(self._niceness,),
        )

    async def parse_all(self, raws: Sequence[RawMail]) -> list[Message]:
        """Raises BuzonError where the second process was ended over these mails too."""
        pool = self._pool
        try:
            return await _parse_in(pool, raws)
        except BrokenProcessPool:
            if self._pool is pool:  # else another batch has seen to it
                self._pool = self._new_pool()
        try:
            return await _parse_in(self._pool, raws)
        except BrokenProcessPool as error:
            raise BuzonError(
                "The process that parses mails was ended from outside.",
                "Start the import again: it goes on where it was. Was memory short?",
            ) from error

    async def end(self) -> None:
        """Once the mails under way are parsed; pages don't wait for that."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)


def _stand_back(niceness: int) -> None:
    os.nice(niceness)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all, and it's we who end this one
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A process that is killed ends no other one, and this one would wait for mails for ever."""
    if parent := parent_process():
        parent.join()
    os._exit(1)


async def _parse_in(pool: ProcessPoolExecutor, raws: Sequence[RawMail]) -> list[Message]:
    return await asyncio.get_running_loop().run_in_executor(pool, parse_all, raws)

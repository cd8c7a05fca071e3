"""The process that parses the mails of an import, and what may happen to it."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys

import pytest

from buzon.cli.parsing import parser
from buzon.errors import BuzonError
from peers.flows import raw_mail


def child() -> int:
    """The number of the process that parses."""
    (process,) = multiprocessing.active_children()
    assert process.pid
    return process.pid


async def test_what_ends_others_does_not_end_an_import() -> None:
    async with parser(5) as parse_all:
        await parse_all([raw_mail()])
        first = child()
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, first) == min(ours + 5, 19)
        os.kill(first, signal.SIGINT)  # as Ctrl-C reaches all that belong to a terminal
        assert len(await parse_all([raw_mail()])) == 1
        assert child() == first
        os.kill(first, signal.SIGKILL)
        batches = await asyncio.gather(parse_all([raw_mail()]), parse_all([raw_mail()] * 2))
        assert [len(batch) for batch in batches] == [1, 2]
        assert child() != first


async def test_pages_are_served_while_the_process_ends() -> None:
    turns = 0

    async def serve() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with parser():
        serving = asyncio.create_task(serve())
        before = turns
    serving.cancel()
    assert turns > before


class Deadly:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> object:
        return os._exit, (1,)


async def test_mails_that_end_the_process_twice_are_told() -> None:
    async with parser() as parse_all:
        with pytest.raises(BuzonError, match="ended from outside"):
            await parse_all([Deadly()])  # type: ignore[list-item]


KILLED = """
import asyncio, os, signal
from buzon.cli.parsing import parser

async def main():
    async with parser() as parse_all:
        await parse_all([])
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def test_it_ends_with_the_process_that_wanted_it_however_that_ends() -> None:
    # Both write to the same pipe: it is read to its end once neither is there.
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL

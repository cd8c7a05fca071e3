"""The process that understands mails beside ours, and what may happen to it."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys

import pytest

from buzon.cli.beside import understanding
from buzon.errors import BuzonError
from buzon.mail.loops import Own
from peers.flows import raw_mail


def child() -> int:
    """The number of the process that understands."""
    (process,) = multiprocessing.active_children()
    assert process.pid
    return process.pid


async def test_what_ends_others_does_not_end_it() -> None:
    async with understanding(5) as understand_all:
        await understand_all([raw_mail()], Own())
        first = child()
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, first) == min(ours + 5, 19)
        os.kill(first, signal.SIGINT)  # as Ctrl-C reaches all that belong to a terminal
        os.kill(first, signal.SIGTERM)
        assert len(await understand_all([raw_mail()], Own())) == 1
        assert child() == first
        os.kill(first, signal.SIGKILL)
        batches = await asyncio.gather(
            understand_all([raw_mail()], Own()), understand_all([raw_mail()] * 2, Own())
        )
        assert [len(batch) for batch in batches] == [1, 2]
        assert child() != first


async def test_pages_are_served_while_the_process_ends() -> None:
    turns = 0

    async def serve() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with understanding(0):
        serving = asyncio.create_task(serve())
        before = turns
    serving.cancel()
    assert turns > before


class Deadly:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> object:
        return os._exit, (1,)


async def test_mails_that_end_the_process_twice_are_told() -> None:
    async with understanding(0) as understand_all:
        with pytest.raises(BuzonError, match="ended from outside"):
            await understand_all([Deadly()], Own())  # type: ignore[list-item]


MAILS = """
import asyncio, multiprocessing, os, signal, struct
from datetime import UTC, datetime
from buzon.cli import beside
from buzon.mail.loops import Own
from buzon.mail.understand import understand_all
from buzon.records import RawMail

CONTENT = b"From: a@x.org\\n\\nHola"
MAIL = RawMail("soporte@x.org", CONTENT, datetime.now(UTC), "imap", len(CONTENT))
MAILS = [MAIL] * beside.HANDED_OVER
"""

COPIED = """
def child():
    (process,) = multiprocessing.active_children()
    return process.pid

async def main(understand):
    assert await understand(MAILS, Own()) == understand_all(MAILS, Own())
    first = child()
    os.kill(first, signal.SIGKILL)
    multiprocessing.active_children()[0].join()
    assert len(await understand(MAILS[1:], Own())) == len(MAILS) - 1
    assert not multiprocessing.active_children(), "a few were handed over"
    assert len(await understand(MAILS, Own())) == len(MAILS)
    assert child() != first

with beside.copied() as understand:
    asyncio.run(main(understand))
"""


def test_a_copy_of_ours_understands_all_but_a_few() -> None:
    done = subprocess.run([sys.executable, "-c", MAILS + COPIED], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()


TORN = """
def send_half_an_answer(pipe, parents, niceness):
    parents.close()
    pipe.recv()
    os.write(pipe.fileno(), struct.pack("!i", 1_000_000) + b"a" * 100_000)
    os._exit(1)

async def main(understand_all):
    assert len(await asyncio.wait_for(understand_all(MAILS, Own()), 50)) == len(MAILS)

work, beside._work = beside._work, send_half_an_answer
with beside.copied() as understand_all:
    beside._work = work
    asyncio.run(main(understand_all))
"""


def test_a_process_that_is_ended_while_it_answers_holds_nobody_up() -> None:
    done = subprocess.run([sys.executable, "-c", MAILS + TORN], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()


KILLED = """
import asyncio, os, signal
from buzon.cli.beside import copied, understanding
from buzon.mail.loops import Own

async def wait_for(understand_all):
    await understand_all([], Own())
    os.kill(os.getpid(), signal.SIGKILL)

async def own():
    async with understanding(0) as understand_all:
        await wait_for(understand_all)

"""


@pytest.mark.parametrize(
    "end",
    [
        "asyncio.run(own())",
        "with copied() as understand_all: asyncio.run(wait_for(understand_all))",
    ],
)
def test_it_ends_with_the_process_that_wanted_it_however_that_ends(end: str) -> None:
    # Both write to the same pipe: it is read to its end once neither is there.
    done = subprocess.run([sys.executable, "-c", KILLED + end], capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL

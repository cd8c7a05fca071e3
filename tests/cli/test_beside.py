"""The process that understands mails beside ours, and what may happen to it."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from buzon.cli import beside
from buzon.cli.beside import AT_ONCE, DEADLY, TRIES, understanding
from buzon.errors import ParsingEnded
from buzon.mail.loops import Own
from buzon.mail.understand import NotUnderstood, Understood
from peers.deadly import deadly, deadly_mails
from peers.flows import raw_mail

__all__ = ["deadly_mails"]


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


@pytest.mark.usefixtures("deadly_mails")
async def test_mails_that_end_the_process_are_told_from_the_others() -> None:
    batch = [raw_mail(message_id=f"<{n}@x.org>") for n in range(AT_ONCE + 10)]
    good = beside.understand_all(batch, Own())
    batch[30:30], batch[60:60] = [deadly("SIGSEGV"), deadly("odd")], [deadly("memory")]
    async with understanding(0) as understand_all:
        found = list(await understand_all(batch, Own()))
    assert [found.pop(at) for at in (60, 31, 30)] == [
        NotUnderstood(DEADLY % {"count": TRIES, "said": said})
        for said in ("MemoryError", "OddError", "SIGSEGV")
    ]
    assert found == good


@pytest.mark.usefixtures("deadly_mails")
async def test_a_good_mail_is_understood_though_its_process_ends_twice_by_chance(
    tmp_path: Path,
) -> None:
    (ends := tmp_path / "ends").touch()
    async with understanding(0) as understand_all:
        assert isinstance((await understand_all([deadly(f"2 {ends}")], Own()))[0], Understood)
    assert ends.read_bytes() == b".."


@pytest.mark.usefixtures("deadly_mails")
async def test_where_the_process_ends_whatever_it_parses_no_mail_is_guilty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with understanding(0) as understand_all:
        with monkeypatch.context() as patch:
            patch.setattr(beside, "HARMLESS", deadly("SIGKILL"))
            with pytest.raises(ParsingEnded, match="whatever it parses"):
                await understand_all([deadly("SIGKILL")], Own())
        assert len(await understand_all([raw_mail()], Own())) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux says who ends first.")
async def test_where_memory_runs_out_it_ends_before_others() -> None:
    async with understanding(0) as understand_all:
        await understand_all([raw_mail()], Own())
        assert Path(f"/proc/{child()}/oom_score_adj").read_text() == "1000\n"


MAILS = """
import asyncio, multiprocessing, os, signal, struct
from datetime import UTC, datetime
from buzon.cli import beside
from buzon.mail.loops import Own
from buzon.mail.understand import understand_all
from buzon.records import RawMail

CONTENT = b"From: a@x.org\\n\\nHola"
MAIL = RawMail("soporte@x.org", CONTENT, datetime.now(UTC), "imap", len(CONTENT))
MAILS = [MAIL] * 8
"""

COPIED = """
def child():
    (process,) = multiprocessing.active_children()
    return process.pid

async def main(understand):
    assert await understand(MAILS, Own()) == understand_all(MAILS, Own())
    (first,) = multiprocessing.active_children()
    first.kill()
    first.join()
    assert len(await understand(MAILS[:1], Own())) == 1, "it is not understood by another copy"
    assert child() != first.pid

with beside.copied() as understand:
    asyncio.run(main(understand))
"""


def test_a_copy_of_ours_understands_all_mails() -> None:
    done = subprocess.run([sys.executable, "-c", MAILS + COPIED], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()


SIDE_BY_SIDE = """
import time

def tell_who(raws, own):
    time.sleep(1)
    return [os.getpid()] * len(raws)

async def main(understand):
    (first, *_), (second, *_) = await asyncio.gather(*[understand(MAILS, Own()) for _ in "12"])
    children = {each.pid for each in multiprocessing.active_children()}
    assert {first, second} == children and len(children) == 2
    assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in children} == {min(ours + 5, 19)}

ours = os.getpriority(os.PRIO_PROCESS, 0)
beside.understand_all = tell_who
with beside.copied(2, niceness=5) as understand:
    asyncio.run(main(understand))
assert not multiprocessing.active_children()
"""


def test_who_asks_while_one_copy_is_busy_is_answered_by_the_other() -> None:
    script = MAILS + SIDE_BY_SIDE
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60)
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
from buzon.cli.beside import copied, understanding

async def wait_for(understand_all):
    await understand_all([MAIL], Own())
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
        "with copied(2) as understand_all: asyncio.run(wait_for(understand_all))",
    ],
)
def test_it_ends_with_the_process_that_wanted_it_however_that_ends(end: str) -> None:
    # All write to the same pipe: it is read to its end once none of them is there.
    done = subprocess.run(
        [sys.executable, "-c", MAILS + KILLED + end], capture_output=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL

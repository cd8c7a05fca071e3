"""Mails are understood in processes beside ours, so that a second core takes part.

What is imported here is what these processes need, and nothing else.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Literal

import structlog

from buzon.errors import ParsingEnded
from buzon.mail import language
from buzon.mail.loops import Own
from buzon.mail.understand import (
    NotUnderstood,
    UnderstandAll,
    Understood,
    understand_all,
    understand_in_thread,
)
from buzon.records import RawMail

log = structlog.get_logger()

Found = Understood | NotUnderstood
Method = Literal["fork", "spawn"]  # how a process begins: as a copy of ours, or anew

# A copy shares our memory. Only Linux makes one safely of a process whose libraries have threads.
COPIED: Method = "fork" if sys.platform == "linux" else "spawn"
AT_ONCE = 100  # mails; those of others wait no longer than for these
BEHIND = 10  # niceness where files are imported: pages, and what comes in by itself, come first
PAUSES = (0.0, 1.0, 5.0)  # seconds before each try of a mail alone: others may take the memory
TRIES = len(PAUSES)
GREETING = "Buenos días, ¿a qué hora abren?"
HARMLESS = RawMail("", f"Subject: Horario\n\n{GREETING}".encode(), datetime.now(UTC), "import")
KILLED_FIRST = Path("/proc/self/oom_score_adj")  # who is where memory runs out: no mail ends us
DEADLY = (
    "This mail alone ended the process that parses mails %(count)s times, the last time by"
    " %(said)s. By SIGKILL, memory ran out: give the machine more and try again. By anything else,"
    " save it as .eml and report the fault."
)


@contextmanager
def copied(processes: int = 1, niceness: int = 0) -> Iterator[UnderstandAll]:
    """So many copies of this process, which must not have begun anything yet, so much nicer than
    it, understand all mails, so that none which ends the process that does ends ours. Where the
    system gives us none, we do."""
    language.detect(GREETING)  # its model is large: loaded once, for us and for our copies
    with ExitStack() as ends:
        besides = list(_copies(processes, niceness, ends))

        async def understand(raws: Sequence[RawMail], own: Own) -> Sequence[Found]:
            return await min(besides, key=lambda each: each.asked).understand(raws, own)

        yield understand if besides else understand_in_thread


def _copies(processes: int, niceness: int, ends: ExitStack) -> Iterator["_Beside"]:
    """As many of them as the system gives us."""
    try:
        for _ in range(processes):
            beside = _Beside(niceness, COPIED)
            ends.callback(beside.end)
            yield beside
    except OSError as error:
        log.warning("fewer processes than wanted understand mails", why=str(error))


@asynccontextmanager
async def understanding(niceness: int) -> AsyncIterator[UnderstandAll]:
    """A process of its own understands, so much nicer than ours: others come first."""
    beside = await asyncio.to_thread(_Beside, niceness, "spawn")
    try:
        yield beside.understand
    finally:
        await asyncio.to_thread(beside.end)  # pages don't wait for that


class _Beside:
    """A process that understands mails, and another one should it be ended."""

    def __init__(self, niceness: int, method: Method) -> None:
        """Raises OSError where there can be none."""
        self._niceness = niceness
        self._child = _Child(niceness, method)
        self._thread = ThreadPoolExecutor(1)  # one asks at a time, and is never left halfway
        self._ending = threading.Event()
        self.asked = 0  # by how many at present

    async def understand(self, raws: Sequence[RawMail], own: Own) -> list[Found]:
        """A mail that ends the process is told from the others. Raises ParsingEnded where any mail
        does."""
        loop = asyncio.get_running_loop()
        found: list[Found] = []
        self.asked += 1
        try:
            for start in range(0, len(raws), AT_ONCE):
                some = raws[start : start + AT_ONCE]
                found += await loop.run_in_executor(self._thread, self._ask, some, own)
        finally:
            self.asked -= 1
        return found

    def _ask(self, raws: Sequence[RawMail], own: Own) -> Sequence[Found]:
        """Where they end the process, each by itself: not in halves, for a process that begins
        takes as long as thousands of mails."""
        if len(raws) > 1:
            try:
                return self._child.understand(raws, own)
            except _Ended as error:
                self._begin_anew(error)
        return [self._ask_alone(raw, own) for raw in raws]

    def _ask_alone(self, raw: RawMail, own: Own) -> Found:
        for pause in PAUSES:  # somebody may end the process by chance
            if self._ending.wait(pause):
                raise _ended_anyhow()
            try:
                return self._child.understand([raw], own)[0]
            except _Ended as error:
                said = error.said
                self._begin_anew(error)
        return NotUnderstood(DEADLY % {"count": TRIES, "said": said})

    def _begin_anew(self, ended: "_Ended") -> None:
        """See that the next process understands a mail: where memory is short, all mails would seem
        to be deadly. Raises ParsingEnded where it doesn't, or where nobody wants it any more."""
        if self._ending.is_set():
            raise _ended_anyhow() from ended
        log.warning("the process that parses mails was ended: another begins", by=ended.said)
        try:
            self._child = _Child(self._niceness, "spawn")  # by now there are threads of ours
            self._child.understand([HARMLESS], Own())
        except (OSError, _Ended) as error:
            raise _ended_anyhow() from error

    def end(self) -> None:
        """At once: what it was asked is asked again, where it is still wanted."""
        self._ending.set()
        self._child.kill()
        self._thread.shutdown(cancel_futures=True)
        self._child.end()


class _Ended(Exception):
    """The process has ended, or has to; `said`: by which signal, with which code or error."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def _ended_anyhow() -> ParsingEnded:
    return ParsingEnded(
        "The process that parses mails is ended whatever it parses.",
        "Give the machine more memory. An import that is started again goes on where it was.",
    )


class _Child:
    """The process, and the pipe to it: when one of us ends, however that is, the other one is told;
    a copy that was made before another, when that has ended too."""

    def __init__(self, niceness: int, method: Method) -> None:
        context = get_context("fork") if method == "fork" else get_context("spawn")
        self._pipe, theirs = context.Pipe()
        ours = self._pipe if method == "fork" else None
        self._process = context.Process(target=_work, args=(theirs, ours, niceness), daemon=True)
        self._process.start()
        theirs.close()

    def understand(self, raws: Sequence[RawMail], own: Own) -> list[Understood]:
        """As `understand_all`. Raises _Ended where the process can't."""
        try:
            self._pipe.send((raws, own))
            found: list[Understood] | _Raised = self._pipe.recv()
        except Exception as error:  # what comes next out of this pipe would be half of an answer
            raise _Ended(self.end()) from error
        if isinstance(found, _Raised):
            self.end()
            raise _Ended(found.name)
        return found

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> str:
        """By what it ended."""
        self.kill()
        self._process.join()
        self._pipe.close()
        code = self._process.exitcode or 0
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _work(pipe: Pipe, parents: Pipe | None, niceness: int) -> None:
    if parents:  # a copy has it too
        parents.close()
    os.nice(niceness)
    with suppress(OSError):  # some systems have no such file, or let nobody write to it
        KILLED_FIRST.write_text("1000")
    for sign in (signal.SIGINT, signal.SIGTERM):  # they reach all; it's our parent who ends us
        signal.signal(sign, signal.SIG_IGN)
    with suppress(Exception):  # our parent has ended; else it tells what ended us
        while True:
            pipe.send(_done(*pipe.recv()))


@dataclass(frozen=True, slots=True)
class _Raised:
    """By its name alone: what an exception says may be of the mail."""

    name: str


def _done(raws: Sequence[RawMail], own: Own) -> list[Understood] | _Raised:
    try:
        return understand_all(raws, own)
    except Exception as error:
        return _Raised(type(error).__name__)

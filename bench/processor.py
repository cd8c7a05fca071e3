"""Seconds of processor time: what work costs, also where others use the machine too."""

import os
import time
from pathlib import Path
from typing import Self

from buzon.api.memory import children_of
from buzon.store.embedded import Embedded

TICKS = os.sysconf("SC_CLK_TCK")


class Processor:
    """What processes, with those they have started, work during a `with`."""

    def __init__(self, *pids: int) -> None:
        self._pids = pids
        self.seconds = 0.0
        self.cores = 0.0

    def __enter__(self) -> Self:
        self._since, self._before = time.monotonic(), self._worked()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = self._worked() - self._before
        self.cores = self.seconds / (time.monotonic() - self._since)

    def _worked(self) -> float:
        return worked(*self._pids)


def worked(*pids: int) -> float:
    """Of processes, of their children that have ended, and of those that run, each counted once;
    nothing for one that has just ended."""
    found: dict[int, float] = {}
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        if pid in found:
            continue
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            waiting += children_of(pid)
        except OSError:
            continue
        found[pid] = sum(map(int, fields[11:15])) / TICKS
    return sum(found.values())


def of_all() -> float:
    """What was worked on this machine, whoever did it."""
    user, nice, system, _idle, _waiting, *rest = (
        int(part) for part in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    )
    return (user + nice + system + sum(rest)) / TICKS


def of_server(database: Embedded) -> int:
    """The process from which all others of an embedded PostgreSQL descend."""
    pid = database.postmaster()
    assert pid is not None
    return pid

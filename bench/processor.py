"""Seconds of processor time: what work costs, also where others use the machine too."""

import os
import time
from pathlib import Path
from typing import Self

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
        before, after = self._before, self._worked()
        self.seconds = sum(worked - before.get(pid, 0.0) for pid, worked in after.items())
        self.cores = self.seconds / (time.monotonic() - self._since)

    def _worked(self) -> dict[int, float]:
        """By process, so that one that ends takes away nothing of the others."""
        return {pid: worked(pid) for root in self._pids for pid in family(root)}


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        files = Path(f"/proc/{pid}/task").glob("*/children")
        children = [int(child) for file in files for child in file.read_text().split()]
    except OSError:  # it has just ended
        return []
    return [pid, *(one for child in children for one in family(child))]


def worked(pid: int) -> float:
    """Seconds; 0 for one that has just ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def postmaster(folder: Path) -> int:
    """The process of the embedded PostgreSQL that lies somewhere in a folder."""
    file = next(folder.rglob("postmaster.pid"))
    return int(file.read_text().split()[0])

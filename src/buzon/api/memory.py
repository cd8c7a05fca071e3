"""How much memory Buzón takes here: its process, and those beside it that it began."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

HELP = (
    "What this process takes, and those that it began, PostgreSQL's aside. What several share"
    " counts once (PSS)."
)
SHARE = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)


class Memory(Collector):
    """Only Linux tells."""

    def collect(self) -> Iterator[Metric]:
        if taken := memory_of(os.getpid()):
            yield GaugeMetricFamily("buzon_memory_bytes", HELP, value=taken)


def memory_of(pid: int) -> int:
    """Bytes that a process takes, and those that it began, PostgreSQL's aside. One that has just
    ended takes none."""
    place = Path(f"/proc/{pid}")
    try:
        if (place / "comm").read_text() == "postgres\n":
            return 0
        share = SHARE.search((place / "smaps_rollup").read_text())
        children = children_of(pid)
    except OSError:
        return 0
    return (int(share[1]) * 1024 if share else 0) + sum(map(memory_of, children))


def children_of(pid: int) -> list[int]:
    """The processes that a process began, whichever of its threads did. Raises OSError where one of
    these has just ended."""
    told = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in told for child in file.read_text().split()]

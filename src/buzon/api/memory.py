"""How much memory Buzón takes here: its process, and those beside it that it began."""

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
        if taken := _taken("self"):
            yield GaugeMetricFamily("buzon_memory_bytes", HELP, value=taken)


def _taken(pid: str) -> int:
    """Bytes. One that has just ended takes none."""
    place = Path("/proc", pid)
    try:
        if (place / "comm").read_text() == "postgres\n":
            return 0
        share = SHARE.search((place / "smaps_rollup").read_text())
        children = [
            child for file in place.glob("task/*/children") for child in file.read_text().split()
        ]
    except OSError:
        return 0
    return (int(share[1]) * 1024 if share else 0) + sum(map(_taken, children))

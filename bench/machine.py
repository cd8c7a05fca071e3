"""The machine that figures were measured on."""

import os
import platform
import subprocess
import time
from pathlib import Path


def describe() -> dict[str, str]:
    return {
        "CPU": _value("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{_kilobytes('/proc/meminfo', 'MemTotal') / 1e6:.1f} GB",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "commit": commit(),
        "load": load(),
    }


def commit() -> str:
    """Of which code the figures are."""
    git = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(git, cwd=Path(__file__).parent, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def load() -> str:
    """How busy the machine is, 1 and 5 minutes: above 0 somebody else uses it too."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg()[:2])


def speed() -> str:
    """Millions of additions a second that one core makes in Python: a machine that is rented may
    be half as fast on another day."""
    return f"{max(_additions() for _ in range(5)) / 1e6:.0f}"


def _additions(count: int = 1_000_000) -> float:
    began, total = time.perf_counter(), 0
    for number in range(count):
        total += number
    return count / (time.perf_counter() - began)


def _kilobytes(file: str, name: str) -> float:
    """What a file of /proc calls kB are 1,024 bytes."""
    return int(_value(file, name).split()[0]) * 1.024


def _value(file: str, name: str) -> str:
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""

"""Locks and processes, as the operating system has them."""

import fcntl
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def try_lock(handle: int) -> bool:
    """Take the exclusive flock(2) of an open file if nobody else holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition that nothing tells us of; False when it took too long."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.01)
    return True


def commands() -> Iterator[tuple[int, str]]:
    """Every process that can be seen from here, with its command line."""
    return _commands_of_proc() if (PROC / "self" / "cmdline").exists() else _commands_of_ps()


def _commands_of_proc() -> Iterator[tuple[int, str]]:
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has just ended
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                yield int(entry.name), os.fsdecode(command)


def _commands_of_ps() -> Iterator[tuple[int, str]]:
    columns = ["ps", "-axww", "-o", "pid=,command="]
    listed = subprocess.run(columns, capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command

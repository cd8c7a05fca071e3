"""What is no longer used goes back to the system."""

import platform
from pathlib import Path

from buzon.flow.memory import give_back

PIECE, PIECES = 64 << 10, 2_000  # bytes; of a size that the C library keeps when it is freed
MEGABYTE = 1 << 20


def resident() -> int:
    """Bytes of this process that lie in memory."""
    _, pages, *_ = Path("/proc/self/statm").read_text().split()
    return int(pages) * 4096


def test_what_was_freed_goes_back_to_the_system() -> None:
    pieces = [bytes([number % 251]) * PIECE for number in range(PIECES)]
    topmost = bytes(PIECE)  # above it all: without a call nothing below it goes back
    del pieces
    before = resident()
    give_back()
    assert topmost
    if platform.libc_ver()[0] == "glibc":
        assert before - resident() > PIECE * PIECES / 2, (before / MEGABYTE, resident() / MEGABYTE)

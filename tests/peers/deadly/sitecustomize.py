"""Python imports this first where its folder is in PYTHONPATH. From then on a mail with a header
`X-Deadly` ends whoever tries to understand it: as a crash in C code (`SIGSEGV`) and a system
without memory (`SIGKILL`) do, by an error that nothing catches (`memory`), also one that can't be
sent to another process (`odd`), or a few times (`3 file`)."""

import ctypes
import os
import re
import signal
from collections.abc import Sequence
from pathlib import Path

from buzon.mail import understand
from buzon.mail.loops import Own
from buzon.mail.understand import Understood
from buzon.records import RawMail

HEADER = re.compile(rb"^X-Deadly: (\w+) ?(\S*)", re.MULTILINE)


class OddError(Exception):
    """Pickled, and never unpickled."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


harmlessly = understand.understand_all


def understand_all(raws: Sequence[RawMail], own: Own) -> list[Understood]:
    for raw in raws:
        if found := HEADER.search(raw.content):
            _end(*(group.decode() for group in found.groups()))
    return harmlessly(raws, own)


def _end(how: str, file: str) -> None:
    if how == "memory":
        bytearray(1 << 60)
    elif how == "odd":
        raise OddError("what", "ever")
    elif how == "SIGSEGV":  # a real one: of those that are only sent wasmtime lets one pass
        ctypes.string_at(0)
    elif not how.isdigit():
        os.kill(os.getpid(), signal.Signals[how])
    elif len(ends := Path(file).read_bytes()) < int(how):
        Path(file).write_bytes(ends + b".")
        os.kill(os.getpid(), signal.SIGKILL)


understand.understand_all = understand_all

"""Postfix's smtp-sink: an SMTP server in C that takes every mail and counts it."""

import os
import subprocess
from pathlib import Path
from typing import Self

from peers import find
from peers.dovecot import free_port, wait_for_port

START_SECONDS = 10.0
LAST_COUNTERS = 200  # bytes, more than a line of them


class SmtpSink:
    """Runs for the length of a `with`. `count` is how many mails it has accepted."""

    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._counters = folder / "smtp-sink.counters"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        program = find("smtp-sink")
        assert program is not None, "smtp-sink is not installed"
        # As root it insists on giving that up.
        user = ("-u", "nobody") if os.geteuid() == 0 else ()
        with self._counters.open("wb") as counters:
            self._process = subprocess.Popen(
                [program, "-c", *user, f"{self.host}:{self.port}", "1000"], stdout=counters
            )
        wait_for_port(self.host, self.port, START_SECONDS, "smtp-sink did not start")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    @property
    def count(self) -> int:
        """Each accepted mail adds a line "sess=1 quit=0 mesg=7", ended by a carriage return."""
        with self._counters.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LAST_COUNTERS))
            lines = file.read().split(b"\r")
        complete = lines[:-1]
        return int(complete[-1].rpartition(b"mesg=")[2]) if complete else 0

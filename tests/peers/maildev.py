"""maildev: a mail sandbox like MailHog and Mailpit, SMTP in and a page and REST API to look at."""

import os
import subprocess
from pathlib import Path
from typing import Any, Self

import httpx

from peers import find
from peers.dovecot import free_port, wait_for_port

PROGRAM = Path(__file__).parent / "node/node_modules/maildev/bin/maildev"
START_SECONDS = 30.0


class Maildev:
    """Runs for the length of a `with`. No TLS, and no user is asked for."""

    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.page = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        node = find("node")
        assert node is not None, "node is not installed"
        # It keeps its mails in the temporary folder under its process's number.
        self._process = subprocess.Popen(
            [node, PROGRAM, "--ip", self.host, "--smtp", str(self.port), "--web", str(self.page),
             "--silent"],
            env={**os.environ, "TMPDIR": str(self.folder)},
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        for port in (self.port, self.page):
            wait_for_port(self.host, port, START_SECONDS, "maildev did not start")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def mails(self) -> list[dict[str, Any]]:
        """What its API tells of the mails that it caught: from, to, headers, envelope, …"""
        answer = httpx.get(f"http://{self.host}:{self.page}/email")
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

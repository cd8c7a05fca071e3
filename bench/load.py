"""Load on an HTTP server by wrk, which itself takes little of the machine."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from peers.dovecot import free_port, wait_for_port

POST = Path(__file__).parent / "peers" / "post.lua"
START_SECONDS = 60.0
NO_WRK = "wrk is not installed (on Debian: apt-get install wrk): nothing was measured."


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: requests, in how many seconds, how many failed, and milliseconds."""

    requests: int
    seconds: float
    failed: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def have_wrk() -> bool:
    return shutil.which("wrk") is not None


def post(
    url: str, bodies: Path, mark: str, *, connections: int, seconds: float, token: str = ""
) -> Load:
    """Post the lines of a file over and over, by so many connections. The mark is that of this
    run: with it each @ID@ becomes what no other run has."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "-s", POST, url, "--",
         bodies, mark, token],
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    return Load(**json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def uvicorn(app: str, environment: Mapping[str, str], log: Path) -> Iterator[tuple[str, int]]:
    """An application under uvicorn as it comes: its address, and its process."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, f"--port={port}", "--no-access-log"]
    with log.open("wb") as said:
        process = subprocess.Popen(
            command,
            env=os.environ | environment,
            cwd=Path(__file__).parents[1],
            stdout=said,
            stderr=said,
        )
    try:
        wait_for_port("127.0.0.1", port, START_SECONDS, f"{app} did not start, see {log}")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(30)

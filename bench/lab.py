"""Where benchmarks are run: folders, the model, and what watches Buzón from outside."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from imapclient import IMAPClient

from buzon.api.memory import memory_of
from peers.dovecot import PASSWORD, Dovecot
from peers.service import Service, settings_for

BUZON, BARE = "soporte@example.com", "bare@example.com"  # the two mailboxes
SAMPLE_PAUSE = 0.25  # seconds; reading PSS costs some milliseconds of a core


@dataclass(frozen=True, slots=True)
class Lab:
    """A folder that goes afterwards, and how much is to be measured in it."""

    folder: Path
    quick: bool
    archive_bytes: int
    mails: int  # of a large history; 0: as many as the benchmark says
    kept: Path | None  # the folder of histories that stay, for those that take long to make

    @property
    def cores(self) -> int:
        return os.cpu_count() or 1

    def new_folder(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir()
        return path

    def service(self, folder: Path, *arguments: str, **peers: object) -> Service:
        """Buzón with the embedded database, as `make run` has it, and a model that is trained."""
        models = self.folder / "models"
        settings = settings_for(models=models, **peers)  # type: ignore[arg-type]
        service = Service(folder, settings, *arguments)
        service.folder.mkdir(exist_ok=True)
        if not models.exists():
            (folder / "text").write_text("Hola")
            done = service.run("classify", "text", seconds=300)
            assert done.returncode == 0, done.stderr
        return service


class Arrivals:
    """Notes when the IMAP server's IDLE tells of mail, on a connection of its own."""

    def __init__(self, dovecot: Dovecot, user: str) -> None:
        self.notices: list[tuple[int, float]] = []  # mails in the folder, time.time()
        self._client = IMAPClient(dovecot.host, dovecot.port, ssl=False)
        self._client.login(user, PASSWORD)
        self.before = int(self._client.select_folder("INBOX", readonly=True)[b"EXISTS"])
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._client.idle()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)
        self._client.shutdown()

    def _watch(self) -> None:
        while not self._stop.is_set():
            for notice in self._client.idle_check(timeout=0.2):
                if notice[1:] == (b"EXISTS",):
                    self.notices.append((notice[0], time.time()))

    def of(self, number: int) -> float:
        """When the mail with this number, from 1, was told of."""
        wanted = self.before + number
        wait(lambda: any(count >= wanted for count, _ in self.notices), 10)
        return next(at for count, at in self.notices if count >= wanted)


class Memory:
    """Megabytes of a process and its children without PostgreSQL, watched during a `with`."""

    def __init__(self, pid: int) -> None:
        self.peak = 0.0
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def now(self) -> float:
        return memory_of(self._pid) / 1e6

    def _watch(self) -> None:
        while not self._stop.is_set():
            self.peak = max(self.peak, self.now())
            self._stop.wait(SAMPLE_PAUSE)


def pid_of(service: Service) -> int:
    assert service.process is not None
    return service.process.pid


def wait(condition: Callable[[], bool], seconds: float, pause: float = 0.005) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so after {seconds} s")
        time.sleep(pause)

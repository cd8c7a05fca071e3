"""Where a soak takes place: real servers, and the processes of one Buzón on them."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg

from buzon.store.embedded import Embedded
from faults.callers import TOKEN, Callers
from faults.checker import WATCH, Happened, numbers, stored
from faults.post import Post
from peers.disk import NoMount, small_filesystem
from peers.dovecot import PASSWORD, Dovecot
from peers.postgres import migrate
from peers.scene import Scene
from peers.service import Service
from peers.smtp_server import SmtpServer

USER = "soporte@example.com"
DATA_DISK, DATABASE_DISK = "8m", "600m"
STARTING_PAUSE = 2.0  # seconds before a process that ended is started again, as systemd would
FAKETIME = tuple(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))

# What each process does. The first has the pages too; the second mailbox reader waits for the
# first one to fall over.
ROLES: Sequence[tuple[str, ...]] = (
    ("serve",),
    ("serve", "--only", "mail", "--only", "work"),
    ("serve",),
    ("serve", "--only", "work"),
)


@dataclass
class World:
    """The peers, and what is wrong with them just now."""

    scene: Scene
    dovecot: Dovecot
    smtp: SmtpServer
    database: Embedded
    services: list[Service]
    disks: dict[str, Path]  # small ones, that can be filled: "data", "database"
    clock: Path | None  # says by how much the processes' clock is wrong
    chance: random.Random
    post: Post
    callers: Callers
    away: Counter[str] = field(default_factory=Counter)  # "imap", "database": kept down so often
    frozen: set[int] = field(default_factory=set)  # which of the services
    taken_away: set[int] = field(default_factory=set)  # mails that people took before us
    happened: list[Happened] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)  # last words of who ended by himself
    _start_at: dict[int, float] = field(default_factory=dict)

    def supervise(self) -> None:
        """Start what has ended, processes a little later: as systemd would."""
        if not self.away["imap"] and not self.dovecot.running:
            self.dovecot.start()
        if not self.away["database"]:
            self.database.ensure()
        for number, service in enumerate(self.services):
            if service.process is not None and service.process.poll() is not None:
                self._bury(number, service)
            if service.process is None and time.monotonic() >= self._start_at.get(number, 0.0):
                service.start(wait=False)

    def _bury(self, number: int, service: Service) -> None:
        assert service.process is not None
        self._start_at[number] = time.monotonic() + STARTING_PAUSE
        if service.process.returncode:
            said = service.output.splitlines()[-1:] + service.log.splitlines()[-1:]
            self.ended.append(f"{service.process.returncode}: {' '.join(said)[:300]}")
            now = time.time()
            self.happened.append(Happened("process ended by itself", now - STARTING_PAUSE, now))
        service.process = None

    def keep_away(self, what: str) -> Callable[[], None]:
        """Don't start it again until what is handed back is called."""
        self.away[what] += 1

        def let_back() -> None:
            self.away[what] -= 1

        return let_back

    def awake(self) -> list[int]:
        """The services that run and aren't frozen."""
        return [
            number
            for number, service in enumerate(self.services)
            if number not in self.frozen and service.process and service.process.poll() is None
        ]

    def unwell(self) -> list[str]:
        """Which of the processes with pages don't say of themselves that they are well."""
        found = []
        for number, service in enumerate(self.services):
            if "--only" not in service.arguments:
                try:
                    answer = httpx.get(f"{service.url}/readyz", timeout=5)
                    if answer.status_code != 200:
                        found.append(f"process {number}: {answer.text[:300]}")
                except httpx.HTTPError as error:
                    found.append(f"process {number}: {error!r}")
        return found

    def log(self) -> list[str]:
        """The lines that all processes logged."""
        return [line for service in self.services for line in service.log.splitlines()]

    def take_away(self, mails: Iterable[bytes], known: Collection[int] | None) -> None:
        """People took these out of the mailbox; those that are not stored are theirs alone."""
        self.taken_away |= set(numbers(mails)) - set(known or ())

    def known(self) -> Collection[int] | None:
        """The letters that are stored; None where the database is away."""
        try:
            with psycopg.connect(self.scene.url, autocommit=True) as db:
                return stored(db)
        except psycopg.Error:
            return None


@contextmanager
def world(folder: Path, models: Path, *, workers: int, seed: int, cap: int) -> Iterator[World]:
    """Everything runs; the mailbox is read from now on."""
    with ExitStack() as stack:
        dovecot = stack.enter_context(Dovecot(folder / "dovecot"))
        dovecot.add_user(USER)
        smtp = stack.enter_context(
            SmtpServer((dovecot.certificate, dovecot.certificate.with_name("key.pem")))
        )
        disks = _disks(stack, folder)
        place = disks.get("database", folder / "database-disk") / "postgres"
        database = Embedded(place, settings={"max_connections": "120"})
        url = database.start()
        stack.callback(database.stop)
        migrate(url)
        settings, clock = _clock(folder)
        settings |= {
            "BUZON_SMTP_SECURITY": "starttls",
            "BUZON_SMTP_USER": USER,
            "BUZON_SMTP_PASSWORD": PASSWORD,
            "SSL_CERT_FILE": str(dovecot.certificate),
            "BUZON_REPLIES_PER_HOUR": str(cap),
            "BUZON_RETRAIN_AT": "off",
            "BUZON_API_TOKEN": TOKEN,
        }
        scene = Scene(folder / "buzon", dovecot, smtp, models,
                      user=USER, database_url=url, **settings)  # fmt: skip
        data = disks.get("data", folder / "data-disk") / "var"
        scene.service.environment["BUZON_DATA_DIR"] = str(data)
        services = [scene.service, *(scene.join(*role) for role in ROLES[1:workers])]
        for number, service in enumerate(services):
            # Each has a role of its own in the database, so that what it does can be told.
            scene.query(f"CREATE ROLE soak{number} SUPERUSER LOGIN")
            service.environment["BUZON_DATABASE_URL"] = as_role(url, f"soak{number}")
            stack.callback(_end, service)
        scene.start()
        scene.query(WATCH)
        for service in services[1:]:
            service.start()
        chance = random.Random(seed)
        post, callers = Post(seed, USER), Callers(services, seed)
        stack.callback(callers.stop)
        yield World(scene, dovecot, smtp, database, services, disks, clock, chance, post, callers)


def as_role(url: str, role: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    host = quote(str(parts["host"]), safe="")
    return f"postgresql://{role}@/{parts['dbname']}?host={host}&port={parts['port']}"


def _disks(stack: ExitStack, folder: Path) -> dict[str, Path]:
    try:
        return {
            name: stack.enter_context(small_filesystem(folder / f"{name}-disk", size))
            for name, size in (("data", DATA_DISK), ("database", DATABASE_DISK))
        }
    except NoMount:
        return {}


def _clock(folder: Path) -> tuple[dict[str, str], Path | None]:
    """Settings under which a file says by how much the clock is wrong."""
    if not FAKETIME:
        return {}, None
    clock = folder / "clock"
    clock.write_text("+0")
    return {
        "LD_PRELOAD": str(FAKETIME[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }, clock


def _end(service: Service) -> None:
    if service.process is not None:
        with suppress(ProcessLookupError):
            os.kill(service.process.pid, signal.SIGCONT)
        service.kill()

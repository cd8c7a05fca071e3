"""Three hosts share one database, and one of them is cut off and brought back."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psycopg
import pytest

from buzon.store.embedded import Embedded
from faults.checker import WATCH, Happened, check, stored, unsettled
from faults.post import Letter, Post
from peers import needs_dovecot
from peers.dovecot import Dovecot
from peers.hosts import Host, Network, needs_hosts
from peers.mails import customer_mail
from peers.postgres import migrate
from peers.scene import READERS, wait_until
from peers.service import Service, copy_model, settings_for
from peers.smtp_server import SmtpServer

pytestmark = [needs_dovecot, needs_hosts]

BOXES = tuple(f"soporte{number}@example.com" for number in range(6))
HOSTS = 3
PROMISED = 10.0  # seconds
AWAY = 16.0  # seconds; so long that its workers are taken for dead
PACE = 0.3  # seconds between two mails
CAP = 10_000
SEED = 7
PHRASE = "una clave bien larga 7"


class Town:
    """Everything that runs, on its hosts."""

    def __init__(self, folder: Path, models: Path, network: Network, stack: ExitStack) -> None:
        self.network = network
        self.dovecot = stack.enter_context(Dovecot(folder / "dovecot", host=network.address))
        self.smtp = stack.enter_context(SmtpServer(host=network.address))
        for user in BOXES:
            self.dovecot.add_user(user)
        self.url = self._start_database(folder, stack)
        self.services = [
            self._service(folder, models, number, host) for number, host in enumerate(network.hosts)
        ]
        copy_model(models, self.services[0].folder)  # the others get it from the database
        for service in self.services:
            stack.callback(service.kill)
            service.start(wait=service is self.services[0])
        for service in self.services[1:]:
            service.wait_until_up()

    def _start_database(self, folder: Path, stack: ExitStack) -> str:
        allowed = folder / "pg_hba.conf"
        allowed.write_text(f"local all all trust\nhost all all {self.network.addresses} trust\n")
        allowed.chmod(0o644)
        database = Embedded(
            folder / "database",
            settings={
                "listen_addresses": self.network.address,
                "hba_file": str(allowed),
                "max_connections": "100",
            },
        )
        url = database.start()
        stack.callback(database.stop)
        migrate(url)
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(WATCH)
            for number in range(HOSTS):
                # Each has a role of its own, so that what it does can be told.
                db.execute(f"CREATE ROLE host{number} SUPERUSER LOGIN")
        return url

    def _service(self, folder: Path, models: Path, number: int, host: Host) -> Service:
        home = folder / f"buzon{number}"
        home.mkdir()
        (home / "buzon.toml").write_text("".join(map(self.dovecot.as_setting, BOXES)))
        service = Service(
            home,
            {
                **settings_for(smtp=self.smtp, user=BOXES[0], models=models),
                "BUZON_DATABASE_URL": f"postgresql://host{number}@{self.network.address}/buzon",
                "BUZON_DATA_DIR": str(home / "var"),
                "BUZON_MODELS_DIR": str(home / "models"),
                "BUZON_SECRET_KEY": "the same one everywhere",
                "BUZON_HOST": host.address,
                "BUZON_REPLIES_PER_HOUR": str(CAP),
                "BUZON_RETRAIN_AT": "off",
            },
        )
        service.host, service.within = host.address, host.within
        return service

    def readers(self) -> dict[str, int]:
        """Of each host, by its address, how many mailboxes it reads."""
        with psycopg.connect(self.url, autocommit=True) as db:
            rows = db.execute(
                "SELECT host(client_addr), count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE locktype = 'advisory' AND classid = %s AND granted GROUP BY 1",
                [READERS],
            )
            return dict(rows.fetchall())

    def read_without(self, host: Host) -> bool:
        """Whether the other hosts read all mailboxes."""
        counts = self.readers()
        return host.address not in counts and sum(counts.values()) == len(BOXES)

    def stored(self) -> set[int]:
        with psycopg.connect(self.url, autocommit=True) as db:
            return set(stored(db))

    def left(self, db: psycopg.Connection[tuple[Any, ...]], letters: Sequence[Letter]) -> list[str]:
        """What is still to be done; what waits to be tried again is tried now."""
        db.execute("UPDATE outbox SET due_at = now() WHERE status = 'queued' AND due_at > now()")
        return unsettled(db, letters, set(), HOSTS)

    def spread(self) -> bool:
        """Whether each host reads as many mailboxes as the others."""
        return list(self.readers().values()) == [len(BOXES) // HOSTS] * HOSTS


@pytest.fixture(scope="module")
def town(models: Path) -> Iterator[Town]:
    # Not below pytest's own folder, which is closed to other users, such as Dovecot's.
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="buzon-hosts-")))
        folder.chmod(0o755)
        network = stack.enter_context(Network(HOSTS))
        yield Town(folder, models, network, stack)


class Delivery(threading.Thread):
    """Brings mails, to each mailbox in turn, until it is told to stop."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self.town = town
        self.post = Post(SEED, BOXES[0])
        self.enough = threading.Event()

    def run(self) -> None:
        turn = 0
        while not self.enough.wait(PACE):
            for letter in self.post.write():
                user = BOXES[turn % len(BOXES)]
                for _ in range(letter.copies):
                    self.town.dovecot.deliver(user, letter.raw)
            turn += 1

    def upto_now(self) -> set[int]:
        return {letter.number for letter in list(self.post.letters)}


def took(condition: Callable[[], bool], what: str, since: float) -> float:
    """Seconds until it is so."""
    wait_until(condition, what)
    return time.monotonic() - since


def test_a_host_that_is_cut_off_and_brought_back_loses_nothing_and_doubles_nothing(
    town: Town,
) -> None:
    wait_until(town.spread, "the mailboxes are spread")
    unlucky = town.network.hosts[1]
    delivery = Delivery(town)
    delivery.start()
    try:
        wait_until(lambda: len(town.smtp.received) > 10, "mails are answered")
        unlucky.cut_off()
        begun, cut = time.time(), time.monotonic()
        under_way = delivery.upto_now()
        moved = took(lambda: town.read_without(unlucky), "moved", cut)
        read = took(lambda: under_way <= town.stored(), "what came till then is stored", cut)
        time.sleep(max(0.0, cut + AWAY - time.monotonic()))
        unlucky.bring_back()
        back = time.monotonic()
        again = took(town.spread, "spread again", back)
    finally:
        delivery.enough.set()
        delivery.join()
    with psycopg.connect(town.url, autocommit=True) as db:
        letters, smtp = delivery.post.letters, town.smtp
        wait_until(lambda: not town.left(db, letters), "all is done")
        happened = [Happened("host cut off", begun, begun + AWAY)]
        found = check(
            db, letters, delivery.post.expected(), set(), smtp.received, smtp.confirmed,
            smtp.refused, happened, CAP,
        )  # fmt: skip
    print(f"cut off {AWAY} s: moved after {moved:.1f} s, what lay there stored after {read:.1f} s")
    print(f"back: spread again after {again:.1f} s")
    print(f"{found.mails} mails, {found.replies} answers, {found.duplicates} sent twice")
    assert found.wrong == {}
    assert max(moved, read) < PROMISED


def test_pages_are_live_on_every_host_and_one_session_is_good_for_all(town: Town) -> None:
    link = town.services[0].sign_in_link
    person = {"email": "ana@example.com", "name": "Ana", "password": PHRASE, "again": PHRASE}
    with httpx.Client() as browser:
        assert browser.post(link, data=person).status_code == 303, link
        session = {"Cookie": f"buzon_session={browser.cookies['buzon_session']}"}
    with ExitStack() as stack:
        streams = [
            stack.enter_context(
                httpx.stream("GET", f"{service.url}/live", headers=session, timeout=20)
            )
            for service in town.services
        ]
        lines = [stream.iter_lines() for stream in streams]
        assert all(next(each) for each in lines)  # each is open
        town.dovecot.deliver(BOXES[1], customer_mail(90_001, to=BOXES[1]))
        for each in lines:
            assert any("cliente90001@example.org" in line for line in each)

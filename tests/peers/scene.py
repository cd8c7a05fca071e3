"""Buzón as a real process between a mailbox, an SMTP server and a database, and what came of it."""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from buzon.store.embedded.cluster import Cluster
from peers.dovecot import PASSWORD, Dovecot
from peers.mails import TEXTS, customer_mail
from peers.service import Service, settings_for
from peers.smtp_server import Received, SmtpServer

SECONDS = 60.0  # the longest that anything here may take, on a busy machine too
READERS = 0x5244  # class of the advisory locks that readers of mailboxes hold


def wait_until(condition: Callable[[], Any], what: str, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not after {seconds} s: {what}")
        time.sleep(0.02)


class Scene:
    """One Buzón with a mailbox of its own. Without `database_url` its database is the embedded."""

    def __init__(
        self,
        folder: Path,
        dovecot: Dovecot,
        smtp: SmtpServer,
        models: Path,
        *,
        user: str,
        database_url: str = "",
        **settings: str,
    ) -> None:
        self.dovecot, self.smtp, self.user = dovecot, smtp, user
        self.delivered = 0
        self.data = folder / "var"
        self._database_url = database_url
        common = settings_for(dovecot, smtp, user=user, database_url=database_url, models=models)
        self.service = Service(folder, {**common, "BUZON_DATA_DIR": str(self.data), **settings})
        self._log_read = self._joined = 0

    def start(self) -> None:
        """Start Buzón, and wait until the mailbox is being read: from then on mail is new."""
        self.service.folder.mkdir(parents=True, exist_ok=True)
        self.service.start()
        self.wait_until_read()

    def wait_until_read(self) -> None:
        def contacted() -> bool:
            with suppress(psycopg.OperationalError):
                return bool(self.query("SELECT FROM mailboxes WHERE name = %s", self.user))
            return False

        try:
            wait_until(contacted, f"{self.user} is read")
        except TimeoutError as error:
            told = f"{self.service.traces()}\n{self.dovecot.log[-2000:]}"
            raise TimeoutError(f"{error}\n{told}") from error

    @property
    def url(self) -> str:
        return self._database_url or Cluster(self.data).url_of("buzon")

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as db:
            cursor = db.execute(statement, values)
            return cursor.fetchall() if cursor.description is not None else []

    def count(self, table: str, where: str = "true") -> int:
        return int(self.query(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    def join(self, *arguments: str, **settings: str) -> Service:
        """Another process of the same Buzón, in a folder of its own; not started yet."""
        self._joined += 1
        folder = self.service.folder.with_name(f"{self.service.folder.name}-{self._joined}")
        folder.mkdir(parents=True, exist_ok=True)
        common = {
            name: value
            for name, value in self.service.environment.items()
            if name not in ("BUZON_PORT", "BUZON_SANDBOX_SMTP")
        }
        return Service(folder, {**common, **settings}, *arguments)

    def cut_connections(self) -> None:
        """To the database, all but ours."""
        self.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        )

    # ── mails ──────────────────────────────────────────────────────────────────────────────

    def deliver(self, count: int = 1) -> None:
        """Customers' mails, each from another one, each of which deserves an answer."""
        for _ in range(count):
            number = self.delivered
            self.delivered += 1
            self.dovecot.deliver(self.user, customer_mail(number, to=self.user))

    def answered(self) -> dict[str, list[Received]]:
        """What the SMTP server took, by recipient."""
        found: dict[str, list[Received]] = defaultdict(list)
        for mail in list(self.smtp.received):
            found[mail.recipient].append(mail)
        return found

    def wait_until_all_answered(self, seconds: float = SECONDS) -> None:
        def all_sent() -> bool:
            with suppress(psycopg.OperationalError):
                return self.count("outbox", "status = 'sent'") >= self.delivered
            return False

        try:
            wait_until(all_sent, f"{self.delivered} replies sent", seconds)
        except TimeoutError as error:
            found = self.query("SELECT status, detail, count(*) FROM outbox GROUP BY 1, 2")
            events = self.count("events")
            told = f"{events} events, {found}\n{self.service.traces()}"
            raise TimeoutError(f"{error}; {told}") from error

    def sent_twice(self) -> int:
        """Asserts that each mail has one event and a reply; how many replies were one too many.
        Whatever went out more than once did so under the same Message-ID."""
        assert self.count("events", "source = 'imap'") == self.delivered
        assert self.count("outbox") == self.count("outbox", "status = 'sent'") == self.delivered
        answered = self.answered()
        assert len(answered) == self.delivered
        for mails in answered.values():
            assert len({mail.header("Message-ID") for mail in mails}) == 1
        return sum(len(mails) for mails in answered.values()) - self.delivered

    # ── log ────────────────────────────────────────────────────────────────────────────────

    def new_log(self) -> list[str]:
        """The lines logged since the last call."""
        lines = self.service.log.splitlines()
        new, self._log_read = lines[self._log_read :], len(lines)
        return new

    def assert_told_once(self, *words: str, lines: int = 30, times: int = 1) -> None:
        """Asserts of what was logged since the last call, but for the way of each mail: each of
        these words was said in one line, no line came again (or in `times`, where the trouble
        itself came more than once), nothing of a mail's text, no password."""
        logged = self.new_log()
        assert_keeps_secrets("\n".join(logged))
        new = [line for line in logged if '"mail": ' not in line]
        text = "\n".join(new)
        assert len(new) <= lines, f"{len(new)} lines:\n{text}"
        for word in words:
            assert 1 <= sum(word in line for line in new) <= times, f"{word!r} in:\n{text}"
        often = Counter(map(without_time, new))
        assert max(often.values(), default=0) <= times, f"{often.most_common(1)} in:\n{text}"


def without_time(line: str) -> str:
    return re.sub(r'"timestamp": "[^"]*"', "", line)


MakeScene = Callable[..., Scene]


def assert_keeps_secrets(text: str) -> None:
    secrets: Iterable[str] = (PASSWORD, *(body for _, body in TEXTS))
    assert not [secret for secret in secrets if secret in text], text

"""The life of the embedded server, shared by every process that uses its folder.

    folder/postgres-18/      the data; the number is the major version that made it
    folder/run/              the socket, unless its path would be too long
    folder/postgres.log      what the server says; .log.1 is the one before
    folder/postgres.lock     held while somebody starts or stops the server
    folder/postgres.users    held, shared, by every process that uses the server
    folder/postgres.alive    held by every process of the server itself

The locks are flock(2), which the kernel releases however a process ends. The last user out stops
the server; a server whose users were all killed lives on and is used again. The server's own
processes inherit theirs: who gets it knows that none of them is left, not even in another
container, and that what they left behind may be swept away.
"""

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

import psycopg

from buzon.errors import EmbeddedFailed
from buzon.store.embedded.cluster import SOCKET, USER, Cluster
from buzon.store.embedded.failure import explained
from buzon.store.embedded.settings import locale_for, settings_for
from buzon.store.embedded.system import try_lock, until

DATABASE = "buzon"
LOG_BYTES = 10 * 1024 * 1024

START_SECONDS = 300  # after a crash it replays up to max_wal_size
STOP_SECONDS = 60
ORPHAN_SECONDS = 5


class Embedded(Cluster):
    """A PostgreSQL server of our own in `folder`. Synchronous; makes no thread, opens no port.

    `binaries` are those of the wheel unless given; `settings` go over those of settings.py.
    Whatever fails raises EmbeddedFailed with the server's own words and what to do.
    """

    def __init__(
        self,
        folder: Path,
        *,
        binaries: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(folder, binaries)
        self.settings = dict(settings or {})
        self._users: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    # ── start, ensure, stop ────────────────────────────────────────────────────────────────

    def start(self) -> str:
        """Start the server, or join the one that runs, and return the URL of its database.

        The URL stays the same as long as anybody uses the server.
        """
        with self._explained():
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._starting_or_stopping():
                self._join()
                try:
                    self._bring_up()
                    self._create_database()
                except BaseException:
                    self._leave()
                    raise
                return self.url_of(DATABASE)

    def ensure(self) -> bool:
        """Start the server again if it is gone while we use it, and say whether it was."""
        if self._users is None or self.alive():
            return False
        with self._explained(), self._starting_or_stopping():
            still_used = self._users is not None  # stop() may have been faster, in another thread
            return still_used and self._bring_up()

    def stop(self) -> None:
        """Leave the server. The last one out shuts it down, and waits until it has ended."""
        if self._users is not None:
            with self._explained(), self._starting_or_stopping():
                self._leave()

    # ── who uses it ────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _starting_or_stopping(self) -> Iterator[None]:
        lock = self.open("postgres.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _join(self) -> None:
        if self._users is None:
            self._users = self.open("postgres.users")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def _leave(self) -> None:
        if self._users is None:
            return
        last = try_lock(self._users)
        os.close(self._users)
        self._users = None
        if last:
            self._shut_down()

    # ── up ─────────────────────────────────────────────────────────────────────────────────

    def _bring_up(self) -> bool:
        """Have the server ready, and tell whether it had to be started."""
        if self._becomes_ready(ended=lambda: not self.alive()):
            return False
        inherited = self._lock_of_the_dead()
        try:
            self.refuse_other_major()
            if not self.data.exists():
                self._initialise(inherited)
            self._launch(inherited)
        finally:
            os.close(inherited)
        return True

    def _becomes_ready(self, *, ended: Callable[[], bool]) -> bool:
        """Wait until the server takes connections; False when it has ended instead."""
        if until(lambda: ended() or self.status() == "ready", START_SECONDS):
            return not ended()
        raise EmbeddedFailed(
            f"The embedded PostgreSQL in {self.folder} is not ready after {START_SECONDS} s.",
            f"It may still be recovering; {self.log} says more. Try again later.",
        )

    def _lock_of_the_dead(self) -> int:
        """The lock that the server's processes will inherit, now that no earlier one has it.

        A backend whose postmaster was killed ends when it next looks up from its work. One that
        does not is made to, as two servers at work on the same data would destroy it.
        """
        lock = self.open("postgres.alive")
        for how in (None, signal.SIGQUIT, signal.SIGKILL):
            if how is not None:
                _signal(self.processes(), how)
            if until(lambda: try_lock(lock), ORPHAN_SECONDS):
                return lock
        os.close(lock)
        raise EmbeddedFailed(
            f"The database in {self.data} is in use by processes that can't be seen from here.",
            "Another container seems to use the same folder: stop it, or give each its own.",
        )

    def _initialise(self, inherited: int) -> None:
        """Make the data folder. It gets its name when it is complete, so initdb may be killed."""
        unfinished = self.data.with_name(self.data.name + ".new")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        self.account.give(unfinished)
        self.refuse_unreachable(unfinished)
        command = [
            *(str(self.binaries / "initdb"), "--pgdata", str(unfinished), "--username", USER),
            *("--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-instructions"),
            *locale_for(self.major),
        ]
        process = self._spawn(command, inherited, subprocess.PIPE)
        said, _ = process.communicate()
        if process.returncode:
            raise explained(self.folder, said.decode(errors="replace"))
        unfinished.rename(self.data)

    def _launch(self, inherited: int) -> None:
        self.refuse_unreachable(self.data)
        self.data.chmod(0o700)  # PostgreSQL insists, and a copied folder may have lost it
        socket_folder = self.make_socket_folder()
        for stale in (self.data / "postmaster.pid", socket_folder / f"{SOCKET}.lock"):
            stale.unlink(missing_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_name("postgres.log.1"))
        log = self.open(self.log.name)
        try:
            before = os.fstat(log).st_size
            process = self._spawn(self._server_command(socket_folder), inherited, log)
            self._process = process
            if not self._becomes_ready(ended=lambda: process.poll() is not None):
                said = os.pread(log, LOG_BYTES, before)
                raise explained(self.folder, said.decode(errors="replace"))
        finally:
            os.close(log)

    def _server_command(self, socket_folder: Path) -> list[str]:
        quoted = '"' + str(socket_folder).replace('"', '""') + '"'
        names = {"cluster_name": self.name, "unix_socket_directories": quoted}
        settings = settings_for(self.major) | self.settings | names
        options = chain.from_iterable(("-c", f"{key}={text}") for key, text in settings.items())
        return [str(self.binaries / "postgres"), "-D", str(self.data), *options]

    def _spawn(self, command: list[str], inherited: int, output: int) -> subprocess.Popen[bytes]:
        """Run a program of PostgreSQL out of reach of the terminal's Ctrl-C and of our secrets."""
        kept = ("PATH", "LD_LIBRARY_PATH")
        return subprocess.Popen(
            [*self.account.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"},
            cwd="/",
            pass_fds=(inherited,),
            start_new_session=True,
            **self.account.popen_options,
        )

    def _create_database(self) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True, connect_timeout=10) as db:
            known = "SELECT FROM pg_database WHERE datname = %s"
            if db.execute(known, [DATABASE]).rowcount == 0:
                db.execute(f"CREATE DATABASE {DATABASE}")

    # ── down ───────────────────────────────────────────────────────────────────────────────

    def _shut_down(self) -> None:
        """End the server: politely, then at once. Neither loses what was committed."""
        postmaster, socket_folder = self.postmaster(), self.socket_folder
        if postmaster is None:
            return
        lock = self.open("postgres.alive")
        try:
            for how in (signal.SIGINT, signal.SIGQUIT):
                _signal([postmaster], how)
                if until(lambda: try_lock(lock), STOP_SECONDS):
                    break
            else:
                raise explained(self.folder, f"it does not end, process {postmaster}")
        finally:
            os.close(lock)
        if self._process is not None:
            self._process.wait()
            self._process = None
        with suppress(OSError):  # only a folder in a temp folder is in anybody's way
            socket_folder.rmdir()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            said = f"{error.strerror}: {error.filename or self.folder}"
            raise explained(self.folder, said) from error
        except psycopg.Error as error:
            raise explained(self.folder, str(error)) from error


def _signal(pids: list[int], how: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, how)

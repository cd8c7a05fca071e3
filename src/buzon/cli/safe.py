"""Passwords that are kept in the database, locked with a key that is not there."""

import base64
import contextlib
import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from buzon.config import Settings
from buzon.errors import SettingsError

FILE = "secret.key"  # in BUZON_DATA_DIR; a key a line, of which the first locks


class WrongKey(SettingsError):
    """What is locked was locked with another key."""


class Safe:
    """Locks and unlocks passwords with BUZON_SECRET_KEY, or with one that is made when it is first
    needed and kept beside the embedded database. Old keys still unlock until they are dropped."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings.secret_key.get_secret_value()
        self._old = settings.old_secret_key.get_secret_value()
        self._file = settings.data_dir / FILE

    def lock(self, secret: str) -> str:
        """Raises SettingsError where there is no key to lock it with."""
        keys = [self._given] if self._given else _make(self._file)
        if not keys:
            raise SettingsError(
                f"The key in {self._file} can't be read, or there is none in it.",
                "See that its owner may read it; if it is empty, delete it.",
            )
        return _fernet(keys[0]).encrypt(secret.encode()).decode()

    def unlock(self, locked: str) -> str:
        """Raises WrongKey."""
        for key in self._keys():
            with contextlib.suppress(InvalidToken):
                return _fernet(key).decrypt(locked.encode()).decode()
        raise WrongKey(
            "The passwords in the database were locked with another key.",
            f"Give every process the same BUZON_SECRET_KEY, or the same {self._file}; "
            "or enter the passwords again.",
        )

    def lock_anew(self, locked: str) -> str:
        """The same, if it is locked with the key that locks now. Raises WrongKey."""
        keys = self._keys()
        with contextlib.suppress(InvalidToken):
            if keys:
                _fernet(keys[0]).decrypt(locked.encode())
                return locked
        return self.lock(self.unlock(locked))

    def add_key(self) -> None:
        """From now on another key locks what is locked; a rotation that was broken off is gone on
        with instead."""
        keys = _make(self._file)
        if len(keys) == 1:
            _write(self._file, [Fernet.generate_key().decode(), *keys])

    def drop_old_keys(self) -> None:
        """What they locked must be locked anew."""
        keys = _read(self._file)
        if not self._given and len(keys) > 1:
            _write(self._file, keys[:1])

    @property
    def exposed(self) -> str:
        """The file of the key, if others than its owner may read it; else nothing."""
        try:
            mode = self._file.stat().st_mode
        except OSError:
            return ""
        return str(self._file) if not self._given and stat.S_IMODE(mode) & 0o077 else ""

    def _keys(self) -> list[str]:
        if self._given:
            return [key for key in (self._given, self._old) if key]
        return _read(self._file)


def _fernet(key: str) -> Fernet:
    # Any text will do as the key; what is made here has 256 bits.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))


def _make(file: Path) -> list[str]:
    """The keys of this file. It is made with one if it isn't there."""
    if not file.exists():
        made = _beside(file, [Fernet.generate_key().decode()])
        with contextlib.suppress(FileExistsError):
            os.link(made, file)  # whole or not at all, and never over another
        made.unlink()
        _settle(file.parent)
    return _read(file)


def _write(file: Path, keys: Sequence[str]) -> None:
    _beside(file, keys).replace(file)
    _settle(file.parent)


def _beside(file: Path, keys: Sequence[str]) -> Path:
    """A file of this process's own, on the disk, for its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_name(f"{FILE}.{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as writing:
        writing.write("".join(f"{key}\n" for key in keys))
        writing.flush()
        os.fsync(writing.fileno())
    return made


def _settle(folder: Path) -> None:
    """What stands in the folder is on the disk: the database must not be ahead of the key."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        return []  # then nothing that is locked can be unlocked, and that is told

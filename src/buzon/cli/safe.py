"""Passwords that are kept in the database, locked with a key that is not there."""

import base64
import contextlib
import hashlib
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from buzon.config import Settings
from buzon.errors import SettingsError

FILE = "secret.key"  # in BUZON_DATA_DIR


class WrongKey(SettingsError):
    """What is locked was locked with another key."""


class Safe:
    """Locks and unlocks passwords with BUZON_SECRET_KEY, or with one that is made when it is first
    needed and kept beside the embedded database."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings.secret_key.get_secret_value()
        self._file = settings.data_dir / FILE

    def lock(self, secret: str) -> str:
        """Raises SettingsError where there is no key to lock it with."""
        if not (key := self._given or _make(self._file)):
            raise SettingsError(
                f"The key in {self._file} can't be read, or there is none in it.",
                "See that its owner may read it; if it is empty, delete it.",
            )
        return self._fernet(key).encrypt(secret.encode()).decode()

    def unlock(self, locked: str) -> str:
        """Raises WrongKey."""
        key = self._given or _read(self._file)
        try:
            return self._fernet(key).decrypt(locked.encode()).decode()
        except InvalidToken as error:
            raise WrongKey(
                "The passwords in the database were locked with another key.",
                f"Give every process the same BUZON_SECRET_KEY, or the same {self._file}; "
                "or enter the passwords again.",
            ) from error

    def _fernet(self, key: str) -> Fernet:
        # Any text will do as the key; what is made here has 256 bits.
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))


def _make(file: Path) -> str:
    """The key of this file, which is made if it isn't there, for its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_name(f"{FILE}.{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as writing:
        writing.write(Fernet.generate_key())
        writing.flush()
        os.fsync(writing.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(made, file)  # whole or not at all, and never over another
    made.unlink()
    return _read(file)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""  # then nothing that is locked can be unlocked, and that is told

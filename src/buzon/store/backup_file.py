"""The file of a backup: a zip archive of tables, and last a manifest of what they must be.

tables/NAME       the rows, as PostgreSQL's COPY writes them
manifest.json     format, when, by which migrations; for each table columns, rows and SHA-256
"""

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from buzon.errors import BackupError

FORMAT = 1
MANIFEST = "manifest.json"
PIECE = 1 << 20  # bytes
FASTEST = 1  # most of it is base64, from which trying harder takes little


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a table is in the file."""

    name: str
    columns: tuple[str, ...]
    rows: int
    size: int  # bytes, before they are compressed
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is. `migrations` made the tables; `secrets` are not in it, in words."""

    made_at: str
    migrations: tuple[str, ...]
    tables: tuple[Kept, ...]
    numbers: dict[str, int]
    secrets: tuple[str, ...]
    format: int = field(default=FORMAT)

    @property
    def size(self) -> int:
        return sum(table.size for table in self.tables)


class Writing:
    """A backup that is being written."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def table(
        self,
        name: str,
        columns: tuple[str, ...],
        rows: int,
        pieces: Iterable[bytes | bytearray | memoryview],
    ) -> Kept:
        """Write the rows of a table."""
        digest, size = hashlib.sha256(), 0
        with self._archive.open(f"tables/{name}", "w", force_zip64=True) as entry:
            for piece in pieces:
                digest.update(piece)
                size += entry.write(piece)
        return Kept(name, columns, rows, size, digest.hexdigest())

    def manifest(self, manifest: Manifest) -> None:
        self._archive.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))


@contextmanager
def write(file: Path) -> Iterator[Writing]:
    """A new file, for its owner alone, that has its name once it is whole. Raises BackupError."""
    if file.exists():
        raise BackupError(f"{file} is there already.", "Choose another name, or move it away.")
    part = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=file.parent, prefix=f".{file.name}.", suffix=".part", delete=False
        ) as out:
            part = Path(out.name)
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=FASTEST) as archive:
                yield Writing(archive)
            out.flush()
            os.fsync(out.fileno())
        part.rename(file)
    except OSError as error:
        raise BackupError(
            f"{file} can't be written: {error.strerror}.", "See that there is room, and try again."
        ) from error
    finally:
        if part:
            part.unlink(missing_ok=True)


class Reading:
    """A backup that is there; opened by `read`."""

    def __init__(self, file: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._file, self._archive, self.manifest = file, archive, manifest

    def verify(self, table: Kept) -> None:
        """Raise BackupError unless the rows are those that were written."""
        digest = hashlib.sha256()
        for piece in self.pieces(table):
            digest.update(piece)
        if digest.hexdigest() != table.sha256:
            raise self._broken(f"the table {table.name} has another checksum")

    def pieces(self, table: Kept) -> Iterator[bytes]:
        try:
            with self._archive.open(f"tables/{table.name}") as entry:
                while piece := entry.read(PIECE):
                    yield piece
        except (zipfile.BadZipFile, KeyError, EOFError, OSError, zlib.error) as error:
            raise self._broken(str(error)) from error

    def _broken(self, why: str) -> BackupError:
        return BackupError(
            f"{self._file} is damaged: {why}. Nothing was restored.", "Take another backup."
        )


@contextmanager
def read(file: Path) -> Iterator[Reading]:
    """Raises BackupError where it is none, or one that this program can't read."""
    try:
        archive = zipfile.ZipFile(file)
    except OSError as error:
        raise BackupError(
            f"{file} can't be read: {error.strerror}.", "Correct the path."
        ) from error
    except zipfile.BadZipFile as error:
        raise BackupError(
            f"{file} is no backup, or not all of one.", "Take another one."
        ) from error
    with archive:
        yield Reading(file, archive, _manifest(file, archive))


def _manifest(file: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        told: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if told["format"] > FORMAT:
            raise BackupError(
                f"{file} was written by a newer Buzón.", "Restore it with that version or newer."
            )
        kept = [Kept(**table | {"columns": tuple(table["columns"])}) for table in told["tables"]]
        return Manifest(
            **told
            | {
                "tables": tuple(kept),
                "migrations": tuple(told["migrations"]),
                "secrets": tuple(told["secrets"]),
            }
        )
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise BackupError(f"{file} is no backup of Buzón's.", "Take another one.") from error

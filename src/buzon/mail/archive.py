"""Reading mails that lie in files: mbox, Maildir, folders of .eml, JSON Lines.

Every reader is a stream: it holds one mail at a time, however large the archive, and says after
each where to go on.
"""

import contextlib
import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from buzon.errors import Invalid
from buzon.mail.in_json import NO_JSON_MAIL, begins_with_mail, from_fields
from buzon.records import SIZE_LIMIT

HEAD = 65536  # bytes by which a file is known again
MBOX = b"From "
LINE_LIMIT = 1024 * 1024  # an mbox is read in pieces of at most this size
LOOKED_AT = 100  # mails: where none of the first can be read, the file holds something else


@dataclass(frozen=True, slots=True)
class Item:
    """A mail of an archive: its bytes (at most SIZE_LIMIT), its whole size, where the next one
    begins, and what is wrong with it where it can't be read as a mail at all."""

    content: bytes
    size: int
    next: int
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Archive:
    """Where mails lie. `name` tells it from others; `length` and positions are bytes of a file, or
    mails of a folder."""

    name: str
    fingerprint: str
    length: int
    read: Callable[[int], Iterator[Item]]


def open_archive(path: Path) -> Archive:
    """The archive at `path`, of whatever kind it is. Raises Invalid where there is none, as its
    `read` does where a file can't be read, or no longer."""
    with _readable(path):
        return _folder(path) if path.is_dir() else _file(path)


@contextlib.contextmanager
def _readable(path: Path | str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Invalid(
            f"{error.filename or path} can't be read: {error.strerror}.",
            "Start the import again when that is mended: it goes on where it was.",
        ) from error


def _file(path: Path) -> Archive:
    if not path.is_file():
        raise Invalid(f"There is no file or folder {path}.", "Correct the path.")
    return file_archive(str(path.resolve()), path.stat().st_size, lambda: path.open("rb"))


def file_archive(name: str, length: int, opened: Callable[[], BinaryIO]) -> Archive:
    """What the mails of a file of so many bytes lie in. Raises Invalid where it holds none."""
    with opened() as file:
        head = file.read(HEAD)
    mark = hashlib.sha256(head).hexdigest()
    try:
        refuse_others(name, head)
    except Invalid as error:
        raise Invalid(f"{name}: {error.what}", error.do) from error
    if name.lower().endswith(".jsonl"):
        return Archive(name, mark, length, lambda start: _json_lines(name, opened, start))
    if head.startswith(MBOX):
        return Archive(name, mark, length, lambda start: _mbox(name, opened, start))
    return Archive(name, mark, 1, lambda start: _one_mail(name, opened, length, start))


def refuse_others(name: str, head: bytes) -> None:
    """Raises Invalid where a file of this name that begins so is none of the kinds that are read,
    or a .jsonl of something else than mails."""
    if name.lower().endswith(".jsonl"):
        if not begins_with_mail(head, whole=len(head) < HEAD):
            raise Invalid(
                "The first line of this .jsonl is no mail.",
                "Each must be an object with from, and subject or text.",
            )
    elif not head.startswith(MBOX) and not name.lower().endswith(".eml"):
        raise Invalid(
            "This is no mbox (its first line must begin with “From ”), no .eml and no .jsonl.",
            "Export the mails in one of these forms.",
        )


def refuse_unreadable(archive: Archive) -> None:
    """Raises Invalid where none of the first mails of an archive can be read."""
    faults: list[str] = []
    for item in itertools.islice(archive.read(0), LOOKED_AT):
        if not item.fault:
            return
        faults.append(item.fault)
    if faults:
        raise Invalid(
            "None of the first lines of this file is a mail in JSON.",
            f"Correct {archive.name}: {faults[0]}",
        )


def _folder(path: Path) -> Archive:
    """A Maildir with its subfolders, or a tree of .eml files."""
    boxes = [sub for name in ("cur", "new") for sub in path.rglob(name) if sub.is_dir()]
    found = [file for box in boxes for file in box.iterdir()] or list(path.rglob("*.eml"))
    files = sorted(file for file in found if file.is_file())
    if not files:
        raise Invalid(
            f"In {path} are neither a Maildir (cur/, new/) nor .eml files.", "Correct the path."
        )
    names = "\n".join(str(file.relative_to(path)) for file in files)
    mark = hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()
    return Archive(str(path.resolve()), mark, len(files), lambda start: _files(files, start))


def _files(files: list[Path], start: int) -> Iterator[Item]:
    for number in range(start, len(files)):
        with _readable(files[number]), files[number].open("rb") as file:
            content = file.read(SIZE_LIMIT)
            size = os.fstat(file.fileno()).st_size
        yield Item(content, max(size, len(content)), number + 1)


def _one_mail(name: str, opened: Callable[[], BinaryIO], length: int, start: int) -> Iterator[Item]:
    if start == 0:
        with _readable(name), opened() as file:
            content = file.read(SIZE_LIMIT)
        yield Item(content, max(length, len(content)), 1)


def _mbox(name: str, opened: Callable[[], BinaryIO], start: int) -> Iterator[Item]:
    """The mails of an mbox (RFC 4155): each begins with a line "From …" after an empty one, or
    at the start; in mboxrd, ">From " within a mail loses its mark."""
    with _readable(name), opened() as file:
        file.seek(start)
        kept = bytearray()
        size = 0
        blank = True
        started = False
        for line in _lines(file):
            if blank and line.startswith(b"From "):
                if started:
                    yield Item(bytes(kept), size, file.tell() - len(line))
                kept, size, started = bytearray(), 0, True
            else:
                marked = line.startswith(b">") and line.lstrip(b">").startswith(b"From ")
                plain = line[1:] if marked else line
                size += len(plain)
                kept += plain[: SIZE_LIMIT - len(kept)]
            blank = line in (b"\n", b"\r\n")
        if started:
            yield Item(bytes(kept), size, file.tell())


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(LINE_LIMIT):
        yield line


def _json_lines(name: str, opened: Callable[[], BinaryIO], start: int) -> Iterator[Item]:
    """Each line the fields of `POST /classify`, or of `GET /events`, as they are exported."""
    with _readable(name), opened() as file:
        file.seek(start)
        while line := file.readline(SIZE_LIMIT + 1):
            if line.strip():
                yield _json_item(line, file.tell())


def _json_item(line: bytes, end: int) -> Item:
    try:
        fields = json.loads(line)
        content = from_fields(fields)
    except (ValueError, RecursionError, Invalid) as error:
        return Item(line, len(line), end, f"{NO_JSON_MAIL}{error}")
    return Item(content[:SIZE_LIMIT], len(content), end)

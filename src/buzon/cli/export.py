"""`buzon export`: all mails as JSON Lines, or all of one person in a zip file. No CSV: what
somebody wrote mustn't become a formula in a spreadsheet."""

import json
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from buzon.api.shapes import event_out
from buzon.cli.parts import open_store
from buzon.config import Settings
from buzon.errors import BuzonError
from buzon.flow import Person, find_person
from buzon.mail.filenames import plain
from buzon.records import Event
from buzon.store import events, labels, parked
from buzon.store.db import Database

PAGE = 200  # mails in memory at a time

README = """\
What {company} keeps of {address}.

mails.json   each mail with what was understood of it: who sent it when, its text, how it was
             sorted, what a person called it, and the automatic answer with what became of it
mails/       the mails as they came, as far as they are still kept so; any mail program opens them
parked/      mails that could not be understood, as they came

Mails of other people that were sent to this address too are not among them: {mentions}
"""


async def export_all(settings: Settings, out: Path | None) -> None:
    """Every mail on a line of JSON, as `GET /events` has it, the oldest first."""
    async with open_store(settings) as store:
        async with store.db.transaction() as db:
            last = await events.last_id(db)
        written = 0
        with _opened(out) as file, _progress(last) as tell:
            async for event in _all(store.db):
                file.write(line_of(event))
                written += 1
                tell(event.id)
    print(f"{written:,} mails exported.", file=sys.stderr)


def line_of(event: Event) -> bytes:
    return event_out(event).model_dump_json(by_alias=True).encode() + b"\n"


async def export_person(settings: Settings, address: str, out: Path | None) -> None:
    """A zip file with everything that can be found of a person."""
    async with open_store(settings) as store:
        person = await find_person(store.db, address)
        out = out or Path(plain(f"{person.address}.zip"))
        with _opened(out) as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
            words = {"company": store.settings.company, "address": person.address}
            archive.writestr("README.txt", README.format(mentions=len(person.mentions), **words))
            with archive.open("mails.json", "w", force_zip64=True) as member:
                await _write_mails(store.db, person.mails, member)
            raw = await _write_raw(store.db, person, archive)
    print(
        f"{out}: mails {len(person.mails)}, of which as they came {raw},"
        f" parked mails {len(person.parked)}."
    )


async def _all(db: Database) -> AsyncIterator[Event]:
    after = 0
    while True:
        async with db.transaction() as connection:
            page = await events.after(connection, after, PAGE)
        if not page:
            return
        for event in page:
            yield event
        after = page[-1].id


async def _some(db: Database, ids: Sequence[int]) -> AsyncIterator[Event]:
    for start in range(0, len(ids), PAGE):
        async with db.transaction() as connection:
            page = await events.whole(connection, ids[start : start + PAGE])
        for event in page:
            yield event


async def _write_mails(db: Database, ids: Sequence[int], member: IO[bytes]) -> None:
    """A list in JSON, a mail at a time. Who labelled it is not the customer's to know."""
    between = b"[\n"
    async for event in _some(db, ids):
        async with db.transaction() as connection:
            history = await labels.history(connection, event.id)
        mail = event_out(event).model_dump(mode="json", by_alias=True)
        mail["labels"] = [
            {name: value for name, value in asdict(each).items() if name != "by"}
            for each in history
        ]
        member.write(between + json.dumps(mail, ensure_ascii=False, default=_iso).encode())
        between = b",\n"
    member.write(b"\n]\n" if ids else b"[]\n")


async def _write_raw(db: Database, person: Person, archive: ZipFile) -> int:
    """The mails as they came; how many are kept so, without the parked ones."""
    kept = 0
    async for event in _some(db, person.mails):
        async with db.transaction() as connection:
            raw = await events.raw(connection, event.id)
        if raw is not None:
            name = _name(event.received_at, event.id, event.subject)
            archive.writestr(f"mails/{name}", raw)
            kept += 1
    for id in person.parked:
        async with db.transaction() as connection:
            found = await parked.get(connection, id)
        if found:
            archive.writestr(f"parked/{_name(found[0].parked_at, id, found[0].reason)}", found[1])
    return kept


def _name(at: datetime, id: int, subject: str) -> str:
    short = subject[:60].replace("/", "-").replace("\\", "-")
    return plain(f"{at:%Y-%m-%d %H.%M} {id} {short}".rstrip() + ".eml")


def _iso(value: Any) -> str:
    assert isinstance(value, datetime)  # noqa: S101 - nothing else of it is no JSON
    return value.isoformat()


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[bytes]]:
    """A new file that only its owner may read, or standard output. Raises BuzonError."""
    if out is None:
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError:  # whoever read it has enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    try:
        descriptor = os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file, _removed_unless_whole(out):
            yield file
    except FileExistsError as error:
        raise BuzonError(f"There is a file {out}.", "Name another with --out.") from error
    except OSError as error:
        raise BuzonError(
            f"{out} can't be written: {error.strerror}.", "Name another with --out."
        ) from error


@contextmanager
def _removed_unless_whole(file: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        file.unlink()
        raise


@contextmanager
def _progress(last: int) -> Iterator[Any]:
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("mails"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=last)
        yield lambda id: bar.update(task, completed=id)

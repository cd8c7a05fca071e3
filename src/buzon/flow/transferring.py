"""What people ask for on the pages that takes long: importing a file of mails, exporting what is
kept. Here it is asked for, stopped, gone on with and removed; `cli.transfers` does it."""

from buzon.errors import Conflict, Invalid, TooLarge
from buzon.mail.archive import refuse_others
from buzon.mail.filenames import plain
from buzon.store import changes, events, labels, transfers
from buzon.store.changes import Thing
from buzon.store.db import Connection, Database
from buzon.store.queue import TRANSFER, Queue
from buzon.store.transfers import PIECE, Kind, Transfer

LARGEST_UPLOAD = 2 * 1024**3  # bytes
MOST_UPLOADS = 4  # files that are being sent at a time
NAMES: dict[Kind, str] = {"mails": "mails.jsonl", "corrections": "corrections.csv"}


async def begin_upload(db: Database, name: str, size: int, mailbox: str, who: str) -> int:
    """The number of an import whose file is to come, in pieces of PIECE bytes. Raises Invalid,
    TooLarge; Conflict while many are being sent."""
    if size <= 0:
        raise Invalid("This file is empty.", "Choose another one.")
    if size > LARGEST_UPLOAD:
        raise TooLarge(
            "This file is larger than 2 GB.",
            "Import it on the machine that Buzón runs on: buzon import",
        )
    async with db.transaction() as connection:
        if await transfers.count_uploading(connection) >= MOST_UPLOADS:
            raise Conflict("Several files are being sent already.", "Wait for them, or stop one.")
        return await transfers.add(
            connection, "import", who, plain(name), mailbox=mailbox, state="uploading", length=size
        )


async def add_piece(db: Database, id: int, number: int, content: bytes) -> None:
    """Keep one more piece of an upload. Raises NotFound; Invalid where no mails are in such a file;
    Conflict where it isn't awaited."""
    async with db.transaction() as connection:
        transfer = await transfers.get(connection, id)
        begin = number * PIECE
        wanted = min(PIECE, transfer.length - begin)
        if transfer.state != "uploading" or len(content) != wanted:
            raise Conflict("This upload has ended.", "Choose the file once more.")
        if number == 0:
            refuse_others(transfer.name, content)
        await transfers.add_piece(connection, id, number, content)


async def begin_import(db: Database, queue: Queue, id: int, who: str) -> None:
    """All of the file is here: its mails are to be imported. Raises NotFound, Conflict."""
    async with db.transaction() as connection:
        transfer = await transfers.get(connection, id)
        if transfer.state != "uploading" or transfer.size != transfer.length:
            raise Conflict("This upload has ended.", "Choose the file once more.")
        await transfers.go_on(connection, id)
        told = {"mailbox": transfer.mailbox}
        await changes.note(connection, who, "imports", transfer.name, None, told)
        await queue.defer(connection, TRANSFER)


async def ask_for_export(db: Database, queue: Queue, kind: Kind, who: str) -> None:
    """Have all that is there by now written to a file. Raises Conflict while one of this kind is
    under way."""
    async with db.transaction() as connection:
        last = labels.last_id if kind == "corrections" else events.last_id
        name = NAMES[kind]
        await transfers.add(connection, kind, who, name, length=await last(connection))
        await changes.note(connection, who, "exports", name, None, {})
        await queue.defer(connection, TRANSFER)


async def stop(db: Database, id: int, who: str) -> None:
    """What is stored or written so far stays; a file that was still coming is dropped. Nothing is
    done where it has ended meanwhile. Raises NotFound."""
    async with db.transaction() as connection:
        transfer = await transfers.get(connection, id)
        if transfer.finished_at is None:
            await transfers.finish(connection, id, "stopped")
            if transfer.state == "uploading":
                await transfers.drop_file(connection, id)
            await _note(connection, transfer, who, stopped=True)


async def go_on(db: Database, queue: Queue, id: int, who: str) -> None:
    """From where it was stopped or failed. Raises NotFound; Conflict where it can't, since its file
    is no longer kept, or an export of its kind is under way."""
    async with db.transaction() as connection:
        transfer = await transfers.get(connection, id)
        if transfer.open:
            return
        if not transfer.may_go_on:
            raise Conflict("Its file is no longer kept.", "Choose the file once more.")
        await transfers.go_on(connection, id)
        await _note(connection, transfer, who, stopped=False)
        await queue.defer(connection, TRANSFER)


async def remove(db: Database, id: int, who: str) -> None:
    """Delete the file of what has ended. Raises NotFound; Conflict while it is under way."""
    async with db.transaction() as connection:
        transfer = await transfers.get(connection, id)
        if transfer.finished_at is None:
            raise Conflict("It is under way.", "Stop it first.")
        await transfers.drop_file(connection, id)
        await changes.note(connection, who, _thing(transfer), transfer.name, {}, None)


async def note_download(db: Database, transfer: Transfer, who: str) -> None:
    async with db.transaction() as connection:
        await _note(connection, transfer, who, downloaded=True)


async def _note(db: Connection, transfer: Transfer, who: str, **becomes: bool) -> None:
    await changes.note(db, who, _thing(transfer), transfer.name, {}, becomes)


def _thing(transfer: Transfer) -> Thing:
    return "imports" if transfer.kind == "import" else "exports"

"""What the pages ask for about imports and exports, answered from the store."""

from collections.abc import AsyncIterator, Sequence

from buzon.config import Settings
from buzon.errors import NotFound
from buzon.flow import transferring
from buzon.store import events, transfers
from buzon.store.db import Database
from buzon.store.queue import Queue
from buzon.store.transfers import Kind, Transfer


class TransfersDesk:
    """The web's `Transfers` over the database."""

    db: Database
    queue: Queue
    settings: Settings

    async def transfers(self, limit: int) -> Sequence[Transfer]:
        async with self.db.reading() as db:
            return await transfers.newest(db, limit)

    async def import_into(self) -> Sequence[str]:
        async with self.db.reading() as db:
            known = await events.mailboxes(db)
        set_up = [box.key for box in self.settings.mailboxes]
        return list(dict.fromkeys([self.settings.default_mailbox, *set_up, *known]))

    async def begin_upload(self, name: str, size: int, mailbox: str, who: str) -> int:
        return await transferring.begin_upload(self.db, name, size, mailbox, who)

    async def add_piece(self, id: int, number: int, content: bytes) -> None:
        await transferring.add_piece(self.db, id, number, content)

    async def begin_import(self, id: int, who: str) -> None:
        await transferring.begin_import(self.db, self.queue, id, who)

    async def export(self, kind: Kind, who: str) -> None:
        await transferring.ask_for_export(self.db, self.queue, kind, who)

    async def stop_transfer(self, id: int, who: str) -> None:
        await transferring.stop(self.db, id, who)

    async def go_on_with_transfer(self, id: int, who: str) -> None:
        await transferring.go_on(self.db, self.queue, id, who)

    async def remove_transfer(self, id: int, who: str) -> None:
        await transferring.remove(self.db, id, who)

    async def exported(self, id: int, who: str) -> tuple[Transfer, AsyncIterator[bytes]]:
        async with self.db.transaction() as db:
            transfer = await transfers.get(db, id)
        if transfer.kind == "import" or transfer.state != "done" or not transfer.has_file:
            raise NotFound("This file is no longer kept.", "Export it once more.")
        await transferring.note_download(self.db, transfer, who)
        return transfer, self._pieces(id)

    async def _pieces(self, id: int) -> AsyncIterator[bytes]:
        number = 0
        while True:
            async with self.db.reading() as db:
                piece = await transfers.piece(db, id, number)
            if piece is None:
                return
            yield piece
            number += 1

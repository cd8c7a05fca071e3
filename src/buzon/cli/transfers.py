"""Imports and exports that were asked for on the pages, done as the commands do them."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from buzon import reception
from buzon.cli.beside import BEHIND, understanding
from buzon.cli.export import PAGE, line_of
from buzon.errors import BuzonError, DatabaseUnreachable, TooLarge
from buzon.flow import Flow
from buzon.mail.archive import file_archive
from buzon.mail.loops import Own
from buzon.mail.understand import NotUnderstood, Understood
from buzon.records import RawMail
from buzon.store import events, labels, locks, transfers
from buzon.store.db import Connection
from buzon.store.labels import Correction
from buzon.store.transfers import Transfer
from buzon.store.uploads import Upload
from buzon.web.spreadsheets import MARK, as_rows

log = structlog.get_logger()

READ_AT_ONCE = 1024 * 1024  # bytes
AT_ONCE = 50  # mails: of more, pages that this process serves would wait for longer
UNFORESEEN = BuzonError(
    "Something failed that nobody had foreseen.", "Try again. The service's log says what it was."
)
COLUMNS = ("mail", "at", "by", "was", "becomes", "predicted", "model_version", "source")

# The part of a file that follows a place, where that ends, and how much is in it.
NextPart = Callable[[Connection, Transfer, int], Awaitable[tuple[bytes, int, int]]]


@dataclass(frozen=True, slots=True)
class Porter:
    """Does them one at a time, whichever process asked; `language` is the one that spreadsheets
    are set to."""

    flow: Flow
    language: str

    async def run(self) -> None:
        """All that waits, or that a process died over; nothing where another process is at it."""
        lock = locks.Lock(self.flow.db, locks.TRANSFERS, 0)
        try:
            if await lock.try_take():
                await _Holder(self.flow, self.language, lock).run()
        except _LockLost:
            log.warning("the lock on imports and exports is lost: others go on with them")
        finally:
            await lock.release()


class _GivesWay(Exception):
    """Something shorter came in: it goes first, and this one on where it was."""


class _LockLost(Exception):
    """This process was stopped for a while, and may do no more: another one is at it."""


@dataclass(frozen=True, slots=True)
class _Holder:
    """Does them while the lock is its own, which each of its transactions asks again."""

    flow: Flow
    language: str
    lock: locks.Lock

    async def run(self) -> None:
        while True:
            async with self.flow.db.transaction() as db:
                await transfers.drop_old(db)
                transfer = await transfers.begin(db)
                await self._permit(db)
            if transfer is None:
                return
            await self._carry(transfer)

    async def _permit(self, db: Connection) -> None:
        """Asked once the transfer's row is ours for this transaction: who takes the lock after that
        waits for it."""
        if not await self.lock.is_held(db):
            raise _LockLost

    async def _carry(self, transfer: Transfer) -> None:
        try:
            if transfer.kind == "import":
                await self._import(transfer)
            else:
                await self._export(transfer)
            await self._end(transfer)
        except transfers.Ended:
            log.info("transfer stopped", transfer=transfer.id)
        except _GivesWay:
            log.info("transfer gives way", transfer=transfer.id)
        except _LockLost:
            raise
        except DatabaseUnreachable as error:
            if not (lacking := transfers.lacking(error)):
                raise  # it stays open, and goes on
            await self._fail(transfer, lacking, no_room=True)
        except Exception as error:
            await self._fail(transfer, error, no_room=isinstance(error, TooLarge))

    async def _fail(self, transfer: Transfer, error: Exception, *, no_room: bool) -> None:
        """Where there is no room, what was written of an export takes none any longer."""
        log.warning("transfer failed", transfer=transfer.id, why=repr(error))
        why = error if isinstance(error, BuzonError) else UNFORESEEN
        with suppress(transfers.Ended):
            async with self.flow.db.transaction() as db:
                await transfers.finish(db, transfer.id, "failed", str(why))
                if no_room and transfer.kind != "import":
                    await transfers.drop_file(db, transfer.id)
                await self._permit(db)

    async def _end(self, transfer: Transfer) -> None:
        async with self.flow.db.transaction() as db:
            await transfers.finish(db, transfer.id, "done")
            if transfer.kind == "import":
                await transfers.drop_file(db, transfer.id)
            await self._permit(db)
        log.info("transfer done", transfer=transfer.id, kind=transfer.kind)

    async def _import(self, transfer: Transfer) -> None:
        """As `buzon import`, from where it was; what it has counted so far is kept with that."""

        async def tell(db: Connection, progress: reception.Progress) -> None:
            await transfers.note(
                db,
                transfer.id,
                progress.position,
                transfer.taken + progress.stored,
                transfer.known + progress.known,
                transfer.refused + progress.parked,
            )
            await self._permit(db)

        def opened() -> io.BufferedReader:
            return io.BufferedReader(Upload(self.flow.db.url, transfer.id), READ_AT_ONCE)

        name = f"upload {transfer.id}: {transfer.name}"
        archive = await asyncio.to_thread(file_archive, name, transfer.length, opened)
        async with understanding(BEHIND) as understand_all:

            async def understand_while_next(
                raws: Sequence[RawMail], own: Own
            ) -> Sequence[Understood | NotUnderstood]:
                async with self.flow.db.transaction() as db:
                    await self._stay_next(db, transfer)
                return await understand_all(raws, own)

            flow = replace(self.flow, understand_all=understand_while_next)
            await reception.import_archive(flow, archive, transfer.mailbox, tell, AT_ONCE)

    async def _export(self, transfer: Transfer) -> None:
        next_part = self._mails if transfer.kind == "mails" else self._corrections
        position, taken = transfer.position, transfer.taken
        while True:
            async with self.flow.db.transaction() as db:
                await self._stay_next(db, transfer)
                part, position, count = await next_part(db, transfer, position)
                taken += count
                await transfers.note(db, transfer.id, position, taken)
                await transfers.append(db, transfer.id, part)
                await self._permit(db)
            if position >= transfer.length:
                return

    async def _stay_next(self, db: Connection, transfer: Transfer) -> None:
        """Asked before a part is begun: none is given up halfway."""
        if not await transfers.is_next(db, transfer.id):
            raise _GivesWay

    async def _mails(
        self, db: Connection, transfer: Transfer, after: int
    ) -> tuple[bytes, int, int]:
        """As `buzon export`."""
        page = [e for e in await events.after(db, after, PAGE) if e.id <= transfer.length]
        last = page[-1].id if page else transfer.length
        return b"".join(map(line_of, page)), last, len(page)

    async def _corrections(
        self, db: Connection, transfer: Transfer, after: int
    ) -> tuple[bytes, int, int]:
        page = await labels.after(db, after, transfer.length, PAGE)
        head = MARK + as_rows([COLUMNS], self.language) if not transfer.size and not after else ""
        rows = as_rows([_row(event_id, each) for _, event_id, each in page], self.language)
        return (head + rows).encode(), page[-1][0] if page else transfer.length, len(page)


def _row(event_id: int, each: Correction) -> tuple[str | int | None, ...]:
    """In the order of COLUMNS."""
    return (
        event_id,
        each.at.isoformat(),
        each.by,
        each.was,
        each.becomes,
        each.predicted,
        each.model_version,
        each.source,
    )

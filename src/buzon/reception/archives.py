"""Importing an archive: everything is stored, nothing answered, and an interrupted import goes on.

Four batches are under way at a time, two being understood, one classified, one stored.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from buzon.flow import Flow, Handled, Verdict, judge, keep
from buzon.mail.archive import Archive, Item, refuse_unreadable
from buzon.mail.imap import BATCH
from buzon.records import RawMail
from buzon.store import imports, parked
from buzon.store.db import Connection

AHEAD = 3  # batches
BATCH_BYTES = 4 * 1024 * 1024  # four batches, and copies on their way to the other processes


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: its place in the archive, and what became of the mails so far."""

    position: int
    stored: int = 0
    known: int = 0
    parked: int = 0

    def with_batch(self, position: int, handled: Sequence[Handled], faults: int) -> "Progress":
        known = sum(each.duplicate for each in handled)
        lost = sum(each.event_id is None for each in handled)
        return Progress(
            position,
            self.stored + len(handled) - known - lost,
            self.known + known,
            self.parked + lost + faults,
        )


Tell = Callable[[Connection, Progress], Awaitable[None]]


async def import_archive(
    flow: Flow, archive: Archive, mailbox: str, tell: Tell, at_once: int = BATCH
) -> Progress:
    """Store the mails of an archive as this mailbox's, from where an earlier import of it stopped,
    so many at once. The place is saved in the transaction that stores the mails, in which `tell`
    hears of it too. Raises Invalid where none of its first mails can be read: then nothing is
    stored."""
    await asyncio.to_thread(refuse_unreadable, archive)
    path = archive.name
    async with flow.db.transaction() as db:
        progress = Progress(await imports.position(db, path, mailbox, archive.fingerprint))
        await tell(db, progress)
    batches = _batches(flow, mailbox, archive.read(progress.position), at_once)
    async with aclosing(batches):
        async for items, judged in batches:
            place = items[-1].next
            faults = [item for item in items if item.fault]

            async def also(
                db: Connection,
                handled: Sequence[Handled],
                faults: list[Item] = faults,
                place: int = place,
                before: Progress = progress,
            ) -> None:
                for item in faults:
                    await parked.add(db, _raw(mailbox, item), item.fault)
                await imports.save(db, path, mailbox, archive.fingerprint, place)
                await tell(db, before.with_batch(place, handled, len(faults)))

            progress = progress.with_batch(place, await keep(flow, judged, also), len(faults))
    async with flow.db.transaction() as db:
        await imports.save(db, path, mailbox, archive.fingerprint, progress.position, finished=True)
    return progress


async def _batches(
    flow: Flow, mailbox: str, items: Iterator[Item], at_once: int
) -> AsyncGenerator[tuple[list[Item], list[Verdict]], None]:
    """Batches, judged, in order; the next ones are on their way while one is being stored."""
    turn = asyncio.Lock()

    async def prepare() -> tuple[list[Item], list[Verdict]]:
        async with turn:
            batch = await asyncio.to_thread(_next_items, items, at_once)
        fit = [_raw(mailbox, item) for item in batch if not item.fault]
        return batch, await judge(flow, fit)

    coming = deque(asyncio.create_task(prepare()) for _ in range(AHEAD))
    try:
        while True:
            batch, judged = await coming.popleft()
            if not batch:
                return
            coming.append(asyncio.create_task(prepare()))
            yield batch, judged
    finally:
        for task in coming:
            task.cancel()
        await asyncio.gather(*coming, return_exceptions=True)


def _next_items(items: Iterator[Item], at_once: int) -> list[Item]:
    batch: list[Item] = []
    size = 0
    while len(batch) < at_once and size < BATCH_BYTES and (item := next(items, None)):
        batch.append(item)
        size += len(item.content)
    return batch


def _raw(mailbox: str, item: Item) -> RawMail:
    return RawMail(mailbox, item.content, datetime.now(UTC), "import", item.size)

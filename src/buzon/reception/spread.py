"""Several processes share the mailboxes: each reads its part, and more only of what nobody else
takes.

Whether a mailbox has a reader, its advisory lock says; how many processes there are that read,
another lock that each of them holds. Both go with their connections, so what a dead process read is
dealt out again at the next look of the others.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from buzon.config import Mailbox
from buzon.store import locks
from buzon.store.db import Database
from buzon.store.locks import Reading

LOOK = 2.0  # seconds
LEFT_TO_OTHERS = 2  # looks for which a mailbox beyond our part is left to who has room
KEPT = 600.0  # seconds that we keep such a one before we offer it again


class Reads(Protocol):
    """A reader: reads while it is wanted and gets the lock."""

    mailbox: Mailbox
    wanted: asyncio.Event

    @property
    def lock_pid(self) -> int | None: ...

    def start_over(self) -> None: ...


class Spread:
    """Says which of these readers, one for each mailbox, are wanted in this process."""

    def __init__(self, db: Database, readers: Sequence[Reads]) -> None:
        self.db = db
        self.readers = readers
        self._left: dict[str, int] = {}  # mailboxes beyond our part, and how often seen unread
        self._keep_until: dict[str, float] = {}  # time.monotonic(), of those that nobody else took
        for reader in readers:
            reader.wanted.clear()

    async def run(self) -> None:
        """Until cancelled. Raises DatabaseError."""
        numbers = await locks.reader_numbers(self.db, [r.mailbox.key for r in self.readers])
        presence = await locks.reading_process(self.db)
        try:
            while True:
                if not await presence.check():
                    await presence.try_take()
                before = {reader.mailbox.key: reader.lock_pid for reader in self.readers}
                async with self.db.transaction() as db:
                    reading = await locks.reading(db)
                self._deal(reading, numbers, before)
                await asyncio.sleep(LOOK)
        finally:
            await presence.release()

    def _deal(
        self, reading: Reading, numbers: Mapping[str, int], before: Mapping[str, int | None]
    ) -> None:
        """`before`: which locks our readers had before the look."""
        free = []
        for reader in self.readers:
            holder = reading.holders.get(numbers[reader.mailbox.key])
            unchanged = reader.lock_pid == before[reader.mailbox.key]
            if holder is None and not reader.wanted.is_set():
                free.append(reader)
            elif unchanged and holder != reader.lock_pid:
                self._face(reader, taken=holder is not None)
        part = -(-len(self.readers) // max(reading.processes, 1))
        wanted = [reader for reader in self.readers if reader.wanted.is_set()]
        self._let_go(wanted, len(wanted) - part)
        self._take(free, part - len(wanted))

    def _face(self, reader: Reads, *, taken: bool) -> None:
        """Another one reads it, or we do without a lock."""
        if taken:
            reader.wanted.clear()
            self._keep_until.pop(reader.mailbox.key, None)
        if reader.lock_pid is not None:
            reader.start_over()

    def _let_go(self, wanted: Sequence[Reads], too_many: int) -> None:
        now = time.monotonic()
        offered = [r for r in wanted if self._keep_until.get(r.mailbox.key, now) <= now]
        for reader in offered[: max(too_many, 0)]:
            reader.wanted.clear()
            reader.start_over()

    def _take(self, free: Sequence[Reads], room: int) -> None:
        left = self._left
        self._left = {}
        for reader in free:
            name = reader.mailbox.key
            looks = left.get(name, 0)
            if room > 0 or looks >= LEFT_TO_OTHERS:
                if room <= 0:
                    self._keep_until[name] = time.monotonic() + KEPT
                reader.wanted.set()
                room -= 1
            else:
                self._left[name] = looks + 1

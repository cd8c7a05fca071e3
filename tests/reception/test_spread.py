import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from buzon.errors import MailboxError
from buzon.reception import Reader, mailbox, spread
from buzon.reception.spread import Spread
from buzon.store import locks
from buzon.store.db import Database
from peers.flows import StubClassifier, make_flow, open_database
from reception.test_first_contact import box

SECONDS = 20.0
LOOK = 0.1  # seconds, so that the tests needn't take longer


class Looker(Reader):
    """A reader that holds its lock and looks into no mailbox."""

    unreadable = False

    async def _read(self, lock: locks.Lock) -> None:
        while not self._leaving:
            if self.unreadable:
                raise MailboxError("No road leads there.")
            await asyncio.sleep(LOOK / 10)


Process = Sequence[Looker]


@asynccontextmanager
async def process(url: str, names: Sequence[str]) -> AsyncIterator[Process]:
    async with open_database(url) as db:
        flow = await make_flow(db, StubClassifier())
        readers = [Looker(flow, box(name=name)) for name in names]
        tasks = [asyncio.create_task(reader.run()) for reader in readers]
        tasks.append(asyncio.create_task(Spread(db, readers).run()))
        try:
            yield readers
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "LOOK", LOOK)
    monkeypatch.setattr(mailbox, "FIRST_PAUSE", 4 * LOOK)


def read(readers: Process) -> set[str]:
    return {reader.mailbox.key for reader in readers if reader.lock_pid is not None}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(LOOK / 10)


BOXES = [f"box{number}" for number in range(5)]


async def test_mailboxes_spread_over_the_processes_and_come_back_when_one_ends(
    database_url: str,
) -> None:
    async with process(database_url, BOXES) as first:
        await until(lambda: read(first) == set(BOXES))
        async with process(database_url, BOXES) as second:
            await until(lambda: len(read(first)) == 3 and len(read(second)) == 2)
            assert read(first) | read(second) == set(BOXES)
            async with process(database_url, BOXES) as third:
                parts = (first, second, third)
                await until(lambda: sorted(len(read(part)) for part in parts) == [1, 2, 2])
            await until(lambda: read(first) | read(second) == set(BOXES))
            assert sorted(len(read(part)) for part in (first, second)) == [2, 3]
        await until(lambda: read(first) == set(BOXES))


async def test_what_one_process_cannot_read_another_reads_beyond_its_part(
    database_url: str,
) -> None:
    async with process(database_url, BOXES[:2]) as well, process(database_url, BOXES[:2]) as ill:
        for reader in ill:
            reader.unreadable = True
        kept = Counter[str]()

        def stays() -> bool:
            """Rather than being offered again and again."""
            both = read(well) == set(BOXES[:2])
            kept["times"] = kept["times"] + 1 if both else 0
            return kept["times"] > 200  # twenty looks

        await until(stays)


async def test_a_reader_whose_lock_is_gone_soon_has_it_again(
    database_url: str, db: Database
) -> None:
    async with process(database_url, BOXES) as only:
        await until(lambda: read(only) == set(BOXES))
        before = {reader.lock_pid for reader in only}
        async with db.transaction() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
                " WHERE locktype = 'advisory' AND classid = %s",
                [locks.READERS],
            )
        await until(lambda: read(only) == set(BOXES) and not before & {r.lock_pid for r in only})
        async with db.transaction() as connection:
            assert len((await locks.reading(connection)).holders) == len(BOXES)

from buzon.store import locks
from buzon.store.db import Database

# Hashes of mailboxes' names: as PostgreSQL takes them, signed, and shows them, unsigned.
NUMBERS = (7, -7, 2**31 - 1, -(2**31))


async def test_the_server_says_who_holds_a_lock_also_to_who_lost_it_without_noticing(
    db: Database,
) -> None:
    for number in NUMBERS:
        one, other = (locks.Lock(db, locks.READERS, number) for _ in range(2))
        assert await one.try_take()
        assert not await other.try_take()
        assert await held(db, one, other) == [True, False]
        async with db.transaction() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
                " WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            )
        assert await other.try_take()
        assert one.held  # so it believes
        assert await held(db, one, other) == [False, True]
        await other.release()
        assert await held(db, one, other) == [False, False]


async def held(db: Database, *those: locks.Lock) -> list[bool]:
    async with db.transaction() as connection:
        return [await lock.is_held(connection) for lock in those]

"""What webhooks were told, when that is much."""

import asyncio
from datetime import timedelta

from buzon.store import webhook_deliveries, webhooks
from buzon.store.db import Connection, Database
from buzon.store.webhook_deliveries import Tally
from buzon.store.webhooks import Wanted

WANTED = Wanted("n8n", "http://127.0.0.1:9/hook", ("event.stored",))


async def fill(db: Connection, webhook: int, status: str, many: int, ago: timedelta) -> None:
    await db.execute(
        "INSERT INTO webhook_deliveries (webhook_id, kind, data, status, created_at, delivered_at)"
        " SELECT %(webhook)s, 'event.stored', '{}', %(status)s, now() - %(ago)s,"
        " CASE WHEN %(status)s = 'delivered' THEN now() END FROM generate_series(1, %(many)s)",
        {"webhook": webhook, "status": status, "many": many, "ago": ago},
    )


async def rows_read(db: Connection) -> int:
    found = await db.execute(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
        " WHERE relname = 'webhook_deliveries'"
    )
    row = await found.fetchone()
    return int(row[0]) if row else 0


async def test_how_a_webhook_does_is_told_without_reading_its_whole_log(db: Database) -> None:
    async with db.transaction() as connection:
        id = await webhooks.add(connection, WANTED, "locked", "ana")
        await fill(connection, id, "delivered", 1, timedelta(days=20))
        await fill(connection, id, "failed", 5000, timedelta(days=10))
        await fill(connection, id, "failed", 3, timedelta(hours=1))
        await fill(connection, id, "queued", 2, timedelta())
        await connection.execute("ANALYZE webhook_deliveries")
        before = await rows_read(connection)
        tally = (await webhook_deliveries.tallies(connection))[id]
        read = await rows_read(connection) - before
    assert (tally.queued, tally.retried, tally.failed) == (2, 0, 3)
    assert tally != Tally(queued=2, failed=3)  # it also tells when it last worked
    assert read <= 10


async def test_of_two_workers_that_ask_at_once_each_gets_others(db: Database) -> None:
    async with db.transaction() as connection:
        id = await webhooks.add(connection, WANTED, "locked", "ana")
        await fill(connection, id, "queued", 3, timedelta())
    lease = timedelta(minutes=1)
    async with db.transaction() as one, db.transaction() as other, asyncio.timeout(10):
        first = await webhook_deliveries.claim(one, id, 2, lease)
        second = await webhook_deliveries.claim(other, id, 2, lease)
    assert (len(first), len(second)) == (2, 1)
    assert not {each.id for each in first} & {each.id for each in second}

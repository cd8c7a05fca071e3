"""The tables `rollups` and `rollup_changes`: mails counted by day. Triggers count, in the writer's
own transaction; here is what keeps the counts small and true."""

from buzon.store.db import Connection

FOLDING = 0x524F4C


async def fold(db: Connection) -> int:
    """Add what triggers wrote down to the rollups; how many rows that were. Whoever comes while
    another folds leaves it to them."""
    taken = await (await db.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLDING])).fetchone()
    if not (taken and taken[0]):
        return 0
    row = await (
        await db.execute(
            """
            WITH gone AS (DELETE FROM rollup_changes RETURNING *),
            added AS (
                INSERT INTO rollups
                SELECT figure, day, mailbox, keys, sum(n), sum(total) FROM gone
                GROUP BY figure, day, mailbox, keys HAVING sum(n) <> 0 OR sum(total) <> 0
                ON CONFLICT (figure, day, mailbox, keys) DO UPDATE
                SET n = rollups.n + excluded.n, total = rollups.total + excluded.total
            )
            SELECT count(*) FROM gone
            """
        )
    ).fetchone()
    return int(row[0]) if row else 0


async def use_timezone(db: Connection, timezone: str) -> bool:
    """Count by the days of this time zone from now on; whether all had to be counted anew, which
    takes some seconds for a million mails, in which none is written."""
    done = await db.execute(
        "UPDATE statistics_clock SET timezone = %(zone)s WHERE timezone <> %(zone)s",
        {"zone": timezone},
    )
    if done.rowcount:
        await recount(db)
    return bool(done.rowcount)


async def recount(db: Connection) -> None:
    """Count everything anew from the mails themselves."""
    await db.execute("SELECT pg_advisory_xact_lock(%s)", [FOLDING])
    await db.execute("SELECT recount()")

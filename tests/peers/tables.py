"""What PostgreSQL says of its tables."""

from buzon.store.db import Connection


async def rows_read(db: Connection, table: str) -> int:
    """How many rows of a table this connection has read of late."""
    rows = await db.execute(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = %s",
        [table],
    )
    row = await rows.fetchone()
    return int(row[0]) if row else 0

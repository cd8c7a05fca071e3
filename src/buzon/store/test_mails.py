"""The table `test_mails`: who sent himself an answer to try it, of late."""

from datetime import timedelta

from buzon.store.db import Connection

WINDOW = timedelta(hours=1)


async def count(db: Connection, user: int, limit: int) -> int:
    """Count one of a user's, unless there were so many within the hour: then the seconds until the
    next may be sent, else 0."""
    await db.execute("SELECT FROM users WHERE id = %s FOR UPDATE", [user])  # one after the other
    await db.execute("DELETE FROM test_mails WHERE at < now() - %s", [WINDOW])
    rows = await db.execute(
        "SELECT ceil(extract(epoch FROM at + %s - now())) FROM test_mails"
        " WHERE user_id = %s ORDER BY at DESC OFFSET %s LIMIT 1",
        [WINDOW, user, limit - 1],
    )
    if row := await rows.fetchone():
        return max(1, int(row[0]))
    await db.execute("INSERT INTO test_mails (user_id) VALUES (%s)", [user])
    return 0

"""One at a time decides who is answered: the lock that makes "at most once" true.

Every writer of events takes it, for the length of its transaction. Without it two readers could
both see that a person had no answer yet.
"""

from buzon.store.db import Connection

INTAKE = 0x494E


async def lock(db: Connection) -> None:
    await db.execute("SELECT pg_advisory_xact_lock(%s)", [INTAKE])

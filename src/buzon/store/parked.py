"""The table `parked`: mails that could not become an event, whole, with the reason. Empty are those
that the mailbox's server did not hand out: they are still there."""

from buzon.records import RawMail
from buzon.store.db import Connection


async def add(db: Connection, raw: RawMail, reason: str) -> None:
    await db.execute(
        "INSERT INTO parked (mailbox, source, uid, reason, content) VALUES (%s, %s, %s, %s, %s)",
        [raw.mailbox, raw.source, raw.uid, reason.replace("\0", ""), raw.content],
    )


async def count(db: Connection) -> int:
    row = await (await db.execute("SELECT count(*) FROM parked")).fetchone()
    return int(row[0]) if row else 0

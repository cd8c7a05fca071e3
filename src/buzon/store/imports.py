"""The table `imports`: how far each import came, of each path into each mailbox."""

from buzon.store.db import Connection


async def position(db: Connection, path: str, mailbox: str, fingerprint: str) -> int:
    """Where to go on: 0 for a path never imported there, or whose content is another now."""
    row = await (
        await db.execute(
            "SELECT position FROM imports WHERE path = %s AND mailbox = %s AND fingerprint = %s",
            [path, mailbox, fingerprint],
        )
    ).fetchone()
    return int(row[0]) if row else 0


async def save(
    db: Connection,
    path: str,
    mailbox: str,
    fingerprint: str,
    position: int,
    *,
    finished: bool = False,
) -> None:
    await db.execute(
        """
        INSERT INTO imports (path, mailbox, fingerprint, position, finished_at)
        VALUES (%(path)s, %(mailbox)s, %(mark)s, %(position)s,
                CASE WHEN %(finished)s THEN now() END)
        ON CONFLICT (path, mailbox) DO UPDATE
        SET fingerprint = excluded.fingerprint, position = excluded.position,
            finished_at = excluded.finished_at
        """,
        {
            "path": path,
            "mailbox": mailbox,
            "mark": fingerprint,
            "position": position,
            "finished": finished,
        },
    )

"""The table `imports`: how far each import came."""

from buzon.store.db import Connection


async def position(db: Connection, path: str, fingerprint: str) -> int:
    """Where to go on: 0 for a path never imported, or whose content is another now."""
    row = await (
        await db.execute(
            "SELECT position FROM imports WHERE path = %s AND fingerprint = %s", [path, fingerprint]
        )
    ).fetchone()
    return int(row[0]) if row else 0


async def save(
    db: Connection, path: str, fingerprint: str, position: int, *, finished: bool = False
) -> None:
    await db.execute(
        """
        INSERT INTO imports (path, fingerprint, position, finished_at)
        VALUES (%(path)s, %(mark)s, %(position)s, CASE WHEN %(finished)s THEN now() END)
        ON CONFLICT (path) DO UPDATE
        SET fingerprint = excluded.fingerprint, position = excluded.position,
            finished_at = excluded.finished_at
        """,
        {"path": path, "mark": fingerprint, "position": position, "finished": finished},
    )

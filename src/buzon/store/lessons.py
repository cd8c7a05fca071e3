"""The table `lessons`: the labelled mails a model learnt from, and how it did on them unseen.

So that a later model can be compared with it on mails that neither had learnt from.
"""

from collections.abc import Iterable

from buzon.store.db import Connection

KEPT_VERSIONS = 10


async def add(db: Connection, version: str, lessons: Iterable[tuple[int, str, str | None]]) -> None:
    """Note (event, its label, the prediction of a model that had not seen it, if one was made).
    Only those of the last versions are kept. Events erased meanwhile are left out."""
    await db.execute("DELETE FROM lessons WHERE version = %s", [version])
    rows = list(lessons)
    await db.execute(
        """
        INSERT INTO lessons (version, event_id, label, predicted)
        SELECT %s, e.id, given.label, given.predicted
        FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given(id, label, predicted)
        JOIN events e ON e.id = given.id
        """,
        [version, *([row[column] for row in rows] for column in range(3))],
    )
    await db.execute(
        """
        DELETE FROM lessons WHERE version NOT IN (
            SELECT version FROM models ORDER BY created_at DESC LIMIT %s)
          AND version IS DISTINCT FROM (SELECT version FROM promotions ORDER BY id DESC LIMIT 1)
        """,
        [KEPT_VERSIONS],
    )


async def of(db: Connection, version: str) -> dict[int, tuple[str, str | None]]:
    """By event: the label that this version learnt, and what it would have said unseen."""
    rows = await db.execute(
        "SELECT event_id, label, predicted FROM lessons WHERE version = %s", [version]
    )
    return {id: (label, predicted) async for id, label, predicted in rows}

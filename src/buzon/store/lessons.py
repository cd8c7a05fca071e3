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


async def shared(db: Connection, left: str, right: str) -> list[tuple[int, str, str, str]]:
    """The mails that both versions learnt from and were measured on unseen: which, what it is
    called now, and what each would have said; the newest label first."""
    rows = await db.execute(
        """
        SELECT e.id, e.true_label, l.predicted, r.predicted
        FROM lessons l JOIN lessons r ON r.event_id = l.event_id JOIN events e ON e.id = l.event_id
        WHERE l.version = %s AND r.version = %s AND e.true_label IS NOT NULL
          AND l.predicted IS NOT NULL AND r.predicted IS NOT NULL
        ORDER BY e.labelled_at DESC, e.id DESC
        """,
        [left, right],
    )
    return [(id, label, before, after) async for id, label, before, after in rows]


async def are_kept(db: Connection, version: str) -> bool:
    """Whether it is still known mail by mail what a version learnt from."""
    rows = await db.execute("SELECT FROM lessons WHERE version = %s LIMIT 1", [version])
    return await rows.fetchone() is not None

"""The table `audits`: mails drawn at random for a person to look at.

A row keeps what was said when the mail was handled. Whether that was right, its label tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from buzon.records import Prediction
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mail that the lot fell on, with what was said of it."""

    event_id: int
    prediction: Prediction


@dataclass(frozen=True, slots=True)
class Checked:
    """An audited mail that a person has looked at. `alone`: it was handled without a person."""

    received_at: datetime
    mailbox: str
    probability: float
    category: str
    confidence: float
    alone: bool
    right: bool


async def add(
    db: Connection, drawn: Sequence[Drawn], *, probability: float, threshold: float
) -> None:
    """Put mails among the audited, and before a person."""
    columns = [
        (d.event_id, d.prediction.category, d.prediction.confidence, d.prediction.model_version)
        for d in drawn
    ]
    if not columns:
        return
    ids, *said = (list(column) for column in zip(*columns, strict=True))
    await db.execute(
        """
        INSERT INTO audits (event_id, category, confidence, model_version, probability, threshold)
        SELECT new.*, %s, %s
        FROM unnest(%s::bigint[], %s::text[], %s::float8[], %s::text[])
             AS new(event_id, category, confidence, model_version)
        ON CONFLICT DO NOTHING
        """,
        [probability, threshold, ids, *said],
    )
    await db.execute(
        "UPDATE events SET needs_review = true WHERE id = ANY(%s) AND true_label IS NULL", [ids]
    )


async def top_up(
    db: Connection, since: datetime, until: datetime, wanted: int, threshold: float
) -> list[int]:
    """Draw more mails of a period by lot until `wanted` are drawn; the new ones' events.

    Imported mails take no part: nobody was answered. The order is a hash with a salt of its own
    each time, so that nobody can tell beforehand which mails it falls on.
    """
    rows = await db.execute(
        """
        WITH pool AS (
            SELECT e.*, a.event_id IS NOT NULL AS drawn
            FROM events e LEFT JOIN audits a ON a.event_id = e.id
            WHERE e.stored_at >= %s AND e.stored_at < %s AND e.source <> 'import'
        )
        INSERT INTO audits (event_id, probability, category, confidence, model_version, threshold)
        SELECT id, 1, category, confidence, model_version, %s FROM pool
        WHERE NOT drawn AND true_label IS NULL
        ORDER BY random()
        LIMIT greatest(%s - (SELECT count(*) FROM pool WHERE drawn), 0)
        RETURNING event_id
        """,
        [since, until, threshold, wanted],
    )
    ids = [id for (id,) in await rows.fetchall()]
    await db.execute(
        "UPDATE events SET needs_review = true WHERE id = ANY(%s) AND true_label IS NULL", [ids]
    )
    return ids


async def weigh(db: Connection, since: datetime, until: datetime, probability: float) -> None:
    """Say with which probability each audited mail of a period was drawn."""
    await db.execute(
        """
        UPDATE audits a SET probability = %s FROM events e
        WHERE e.id = a.event_id AND e.stored_at >= %s AND e.stored_at < %s
        """,
        [probability, since, until],
    )


async def count_mails(db: Connection, since: datetime, until: datetime) -> int:
    """How many mails of a period could have been drawn."""
    row = await (
        await db.execute(
            "SELECT count(*) FROM events WHERE stored_at >= %s AND stored_at < %s"
            " AND source <> 'import'",
            [since, until],
        )
    ).fetchone()
    return int(row[0]) if row else 0


async def checked(db: Connection, since: datetime) -> list[Checked]:
    """The audited mails drawn after `since` that have a label, the oldest first."""
    rows = await db.execute(
        """
        SELECT e.received_at, e.mailbox, a.probability, a.category, a.confidence,
               a.confidence >= a.threshold, a.category = e.true_label
        FROM audits a JOIN events e ON e.id = a.event_id
        WHERE a.drawn_at > %s AND e.true_label IS NOT NULL
        ORDER BY a.drawn_at, e.id
        """,
        [since],
    )
    return [Checked(*row) async for row in rows]


async def waiting(db: Connection) -> int:
    """How many audited mails nobody has looked at yet."""
    row = await (
        await db.execute(
            "SELECT count(*) FROM audits a JOIN events e ON e.id = a.event_id"
            " WHERE e.true_label IS NULL"
        )
    ).fetchone()
    return int(row[0]) if row else 0

"""The table `audits`: mails drawn at random for a person to look at.

A row keeps what was said when the mail was handled. Whether that was right, its label tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from buzon.records import Prediction
from buzon.store.db import Connection
from buzon.store.literals import as_json


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mail that the lot fell on, what was said of it, and how sure one had to be."""

    event_id: int
    prediction: Prediction
    threshold: float


@dataclass(frozen=True, slots=True)
class Checked:
    """An audited mail that a person has looked at. `alone`: it was handled without a person.
    `share`: of all mails that were drawn then; None where it was drawn to fill up a day."""

    event_id: int
    share: float | None
    received_at: datetime
    mailbox: str
    probability: float
    category: str
    confidence: float
    alone: bool
    right: bool


async def add(db: Connection, drawn: Sequence[Drawn], *, share: float) -> None:
    """Put mails among the audited; of one that is there already and waited for a person since
    nobody was sure, what is said of it now counts. The caller sees to it that a person looks at
    them."""
    said = [
        (d.event_id, d.prediction.category, d.prediction.confidence, d.prediction.model_version,
         d.threshold)
        for d in drawn
    ]  # fmt: skip
    await db.execute(
        """
        INSERT INTO audits (event_id, category, confidence, model_version, threshold, probability,
                            share)
        SELECT new.event_id, present_name(new.category), new.confidence, new.model_version,
               new.threshold, %(share)s, %(share)s
        FROM unnest(%(ids)s::bigint[], %(categories)s::text[], %(confidences)s::float8[],
                    %(versions)s::text[], %(thresholds)s::float8[])
             AS new(event_id, category, confidence, model_version, threshold)
        ON CONFLICT (event_id) DO UPDATE SET
            category = excluded.category, confidence = excluded.confidence,
            model_version = excluded.model_version, threshold = excluded.threshold
        WHERE audits.confidence < audits.threshold
        """,
        {
            "share": share,
            **dict(
                zip(
                    ("ids", "categories", "confidences", "versions", "thresholds"),
                    (list(column) for column in zip(*said, strict=True)),
                    strict=True,
                )
            ),
        },
    )


async def mails(db: Connection, since: datetime, until: datetime) -> list[int]:
    """The mails of a period among which is drawn: not the imported ones, for nobody was
    answered, nor those without a text."""
    rows = await db.execute(
        "SELECT id FROM events WHERE stored_at >= %s AND stored_at < %s AND source <> 'import'"
        " AND forgotten_at IS NULL",
        [since, until],
    )
    return [id for (id,) in await rows.fetchall()]


async def fill_up(
    db: Connection, ids: Sequence[int], threshold: float, of_category: Mapping[str, float]
) -> list[int]:
    """Put those of these mails among the audited that are not, and before a person; which they
    were. What was said of them is what stands in events: nobody has labelled them yet, or the
    label was set by hand before the lot fell on them. How sure one had to be is the threshold,
    or that of its category."""
    rows = await db.execute(
        """
        INSERT INTO audits (event_id, category, confidence, model_version, threshold, probability)
        SELECT id, category, confidence, model_version,
               coalesce((%s::jsonb ->> present_name(category))::float8, %s), 1
        FROM events WHERE id = ANY(%s)
        ON CONFLICT DO NOTHING RETURNING event_id
        """,
        [as_json(of_category), threshold, list(ids)],
    )
    added = [id for (id,) in await rows.fetchall()]
    await db.execute(
        "UPDATE events SET needs_review = true WHERE id = ANY(%s) AND true_label IS NULL", [added]
    )
    return added


async def weigh(db: Connection, ids: Sequence[int], probability: float) -> None:
    """Say with which probability these mails were drawn."""
    await db.execute(
        "UPDATE audits SET probability = %s WHERE event_id = ANY(%s)", [probability, list(ids)]
    )


async def checked(db: Connection, since: datetime) -> list[Checked]:
    """The audited mails drawn after `since` that have a label, the oldest first."""
    rows = await db.execute(
        """
        SELECT e.id, a.share, e.received_at, e.mailbox, a.probability, present_name(a.category),
               a.confidence, a.confidence >= a.threshold,
               present_name(a.category) = present_name(e.true_label)
        FROM audits a JOIN events e ON e.id = a.event_id
        WHERE a.drawn_at > %s AND e.true_label IS NOT NULL
        ORDER BY a.drawn_at, e.id
        """,
        [since],
    )
    return [Checked(*row) for row in await rows.fetchall()]


async def state(db: Connection) -> tuple[object, ...]:
    """What differs when the audits, their labels, the names of categories or the threshold do."""
    rows = await db.execute(
        """
        SELECT (SELECT max(id) FROM corrections), (SELECT max(drawn_at) FROM audits),
               (SELECT max(id) FROM changes), (SELECT max(id) FROM thresholds)
        """
    )
    return tuple(await rows.fetchone() or ())


async def waiting(db: Connection) -> int:
    """How many audited mails nobody has looked at yet."""
    row = await (
        await db.execute(
            "SELECT count(*) FROM audits a JOIN events e ON e.id = a.event_id"
            " WHERE e.needs_review AND e.true_label IS NULL"
        )
    ).fetchone()
    return int(row[0]) if row else 0

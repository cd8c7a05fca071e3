"""What models say of a mail over time: events has the last word, `predictions` the earlier ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from buzon.records import Prediction
from buzon.store.db import Connection
from buzon.store.literals import as_array, as_json


@dataclass(frozen=True, slots=True)
class Open:
    """A mail that waits for a person, with the text that is scored. `audited`: it was drawn."""

    id: int
    subject: str
    body: str
    imported: bool
    audited: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a model said of a mail, and when."""

    at: datetime
    model_version: str
    category: str
    confidence: float


async def open_mails(db: Connection, version: str, after: int, limit: int) -> list[Open]:
    """Mails that wait for a person and were scored by another version than this; locked, so that
    a label which is set at this moment is not overlooked."""
    rows = await db.execute(
        """
        SELECT id, subject, body, source = 'import',
               EXISTS (SELECT FROM audits WHERE event_id = events.id) FROM events
        WHERE needs_review AND true_label IS NULL AND id > %s AND model_version <> %s
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
        """,
        [after, version, limit],
    )
    return [Open(*row) async for row in rows]


async def replace(
    db: Connection, ids: Sequence[int], predictions: Sequence[Prediction], review: Sequence[bool]
) -> None:
    """Let new predictions take the place of the ones in events, which are kept as history."""
    numbers = as_array(map(str, ids))
    await db.execute(
        """
        INSERT INTO predictions (event_id, at, model_version, category, confidence)
        SELECT id, scored_at, model_version, category, confidence FROM events
        WHERE id = ANY(%s::bigint[])
        """,
        [numbers],
    )
    columns = (
        map(str, review),
        (as_json(p.probabilities) for p in predictions),
        (p.category for p in predictions),
        (str(p.confidence) for p in predictions),
        (p.model_version for p in predictions),
        (str(p.words) for p in predictions),
        (str(p.unknown_words) for p in predictions),
    )
    await db.execute(
        """
        UPDATE events e SET
            category = new.category, confidence = new.confidence, model_version = new.version,
            probabilities = new.probabilities, words = new.words,
            unknown_words = new.unknown_words, needs_review = new.review, scored_at = now()
        FROM unnest(%s::bigint[], %s::boolean[], %s::jsonb[], %s::text[], %s::float8[], %s::text[],
                    %s::int[], %s::int[])
             AS new(id, review, probabilities, category, confidence, version, words, unknown_words)
        WHERE e.id = new.id
        """,
        [numbers, *(as_array(column) for column in columns)],
    )


async def history(db: Connection, event_id: int) -> list[Said]:
    """What was said of a mail, the oldest first; the last entry is what holds now."""
    rows = await db.execute(
        """
        SELECT at, model_version, category, confidence FROM predictions WHERE event_id = %(id)s
        UNION ALL
        SELECT scored_at, model_version, category, confidence FROM events WHERE id = %(id)s
        ORDER BY 1
        """,
        {"id": event_id},
    )
    return [Said(*row) async for row in rows]

"""What models say of a mail over time: events has the last word, `predictions` the earlier ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from buzon.records import Prediction
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class Open:
    """A mail that waits for a person, with the text that is scored."""

    id: int
    subject: str
    body: str
    imported: bool


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
        SELECT id, subject, body, source = 'import' FROM events
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
    await db.execute(
        """
        INSERT INTO predictions (event_id, at, model_version, category, confidence)
        SELECT id, scored_at, model_version, category, confidence FROM events WHERE id = ANY(%s)
        """,
        [list(ids)],
    )
    columns = [
        (id, p.category, p.confidence, Jsonb(p.probabilities), p.model_version, p.words,
         p.unknown_words, to_review)
        for id, p, to_review in zip(ids, predictions, review, strict=True)
    ]  # fmt: skip
    await db.execute(
        """
        UPDATE events e SET
            category = new.category, confidence = new.confidence, model_version = new.version,
            probabilities = new.probabilities, words = new.words,
            unknown_words = new.unknown_words, needs_review = new.review, scored_at = now()
        FROM unnest(%s::bigint[], %s::text[], %s::float8[], %s::jsonb[], %s::text[], %s::int[],
                    %s::int[], %s::boolean[])
             AS new(id, category, confidence, probabilities, version, words, unknown_words, review)
        WHERE e.id = new.id
        """,
        [list(column) for column in zip(*columns, strict=True)],
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

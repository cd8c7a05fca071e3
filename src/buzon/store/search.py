"""The tables `search_texts` and `search_queue`: what is searched, and what is not yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from buzon.store.db import Connection

BEGIN, END = "\x01", "\x02"
MOST_SEARCHED = 100_000  # characters of a body
MOST_MARKED = 5_000

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """Where the words that were looked for stand in a mail: from, to, in characters. `text`: as
    much of its body as was looked through."""

    subject: Sequence[Span]
    body: Sequence[Span]
    text: str


async def index(db: Connection, limit: int) -> int:
    """Make at most `limit` mails of the queue searchable, the newest first; how many it took.
    Several may do so at the same time.

    The newest, because a search for a frequent word begins with them and stops at the fiftieth that
    has it: it would look at all that wait, each time, while an archive is imported.
    """
    rows = await db.execute(
        """
        WITH taken AS (
            DELETE FROM search_queue WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM search_queue ORDER BY event_id DESC LIMIT %(limit)s
                FOR UPDATE SKIP LOCKED))
            RETURNING event_id
        ), written AS (
            INSERT INTO search_texts
            SELECT id, to_tsvector('spanish', plain(concat_ws(
                       E'\n', subject, sender_name, sender, left(body, %(most)s))))
            FROM events JOIN taken ON id = event_id
            ON CONFLICT (event_id) DO NOTHING
        )
        SELECT count(*) FROM taken
        """,
        {"limit": limit, "most": MOST_SEARCHED},
    )
    row = await rows.fetchone()
    return int(row[0]) if row else 0


async def find(db: Connection, ids: Sequence[int], words: str) -> dict[int, Found]:
    """Where the words stand in these mails."""
    rows = await db.execute(
        """
        SELECT id, subject, text,
               ts_headline('spanish', translate(plain(subject), %(own)s, '  '), query, %(options)s),
               ts_headline('spanish', translate(plain(text), %(own)s, '  '), query, %(options)s)
        FROM (SELECT id, subject, left(body, %(most)s) AS text FROM events
              WHERE id = ANY(%(ids)s)) AS shown,
             websearch_to_tsquery('spanish', plain(%(words)s)) AS query
        """,
        {"ids": list(ids), "words": words, "most": MOST_MARKED, **MARKS},
    )
    return {
        id: Found(_spans(subject, in_subject), _spans(body, in_body), body)
        async for id, subject, body, in_subject, in_body in rows
    }


MARKS = {
    "own": BEGIN + END,
    "options": f"HighlightAll=true, StartSel={BEGIN}, StopSel={END}",
}


def _spans(text: str, marked: str) -> list[Span]:
    """Where `marked`, which is `text` without accents, has its marks. None where the two don't
    go together character for character."""
    spans, at, begin = [], 0, 0
    for part in marked.replace(END, BEGIN).split(BEGIN):
        begin, at = at, at + len(part)
        spans.append((begin, at))
    return spans[1::2] if at == len(text) else []

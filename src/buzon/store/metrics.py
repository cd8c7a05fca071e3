"""What a monitoring system asks for, in one look: from the rollups, which cost the same however
many mails there are, and from the indexes of what waits."""

from collections.abc import Sequence
from dataclasses import dataclass

from buzon.store import held_back
from buzon.store.db import Connection
from buzon.store.drift_alarms import LEARNT


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, by what it is called and what else it is told by."""

    name: str
    labels: Sequence[str]
    value: float


async def figures(db: Connection) -> list[Figure]:
    """All of them, in no order. Ages and lags in seconds."""
    rows = await db.execute(QUERY)
    return [Figure(name, labels, float(value)) async for name, labels, value in rows]


# The rollups are read once.
SUMS = """
    SELECT figure, CASE WHEN figure IN ('sources', 'answers') THEN mailbox END AS mailbox,
           keys[1] AS key, sum(n) AS n, sum(total) AS total
    FROM counted WHERE figure IN ('sources', 'answers', 'confidence', 'waiting') GROUP BY 1, 2, 3
"""

COUNTED = """
    SELECT 'mails', ARRAY[mailbox, key], n FROM sums WHERE figure = 'sources'
    UNION ALL
    SELECT 'answers', ARRAY[mailbox, key], n FROM sums WHERE figure = 'answers'
    UNION ALL
    SELECT 'confidence', ARRAY[key], n FROM sums WHERE figure = 'confidence'
    UNION ALL
    SELECT 'confidence sum', '{}', coalesce(sum(total), 0) / 1e6 FROM sums
    WHERE figure = 'confidence'
    UNION ALL
    SELECT 'to review', '{}', coalesce(sum(n), 0) FROM sums WHERE figure = 'waiting'
"""

# A reply that waits is late since it was due, one in somebody's hands since it went there.
WAITING = """
    SELECT 'outbox', ARRAY[status], count(*) FROM waiting GROUP BY status
    UNION ALL
    SELECT 'outbox oldest', ARRAY[status],
           greatest(extract(epoch FROM now() - min(since)), 0) FROM waiting GROUP BY status
    UNION ALL
    SELECT 'retrying', '{}', count(*) FROM waiting WHERE status = 'queued' AND attempts > 0
"""

STATE = f"""
    SELECT 'held back', ARRAY[rule], count(*)
    FROM (SELECT e.signs -> 0 ->> 0 AS rule FROM events e
          WHERE {held_back.HELD} AND e.stored_at > now() - interval '1 day'
          UNION ALL
          SELECT '{held_back.GLOBAL}' FROM waiting WHERE status = 'held') AS held GROUP BY rule
    UNION ALL
    SELECT 'parked', '{{}}', count(*) FROM parked
    UNION ALL
    SELECT 'lag', ARRAY[name], extract(epoch FROM now() - read_at) FROM mailboxes
    UNION ALL
    SELECT 'looked', ARRAY[name], extract(epoch FROM now() - coalesce(seen_at, failing_since))
    FROM mailbox_states
    UNION ALL
    SELECT 'alarm', ARRAY[kind, about], 1 FROM alarms WHERE ended_at IS NULL
    UNION ALL
    (SELECT DISTINCT ON (mailbox) 'delay', ARRAY[mailbox],
            extract(epoch FROM stored_at - received_at)
     FROM (SELECT id, mailbox, stored_at, received_at, source
           FROM events ORDER BY id DESC LIMIT 1000) AS recent
     WHERE source = 'imap' ORDER BY mailbox, id DESC)
    UNION ALL
    (SELECT 'model', ARRAY[version], 1 FROM promotions ORDER BY id DESC LIMIT 1)
    UNION ALL
    SELECT 'drift', ARRAY[what],
           EXISTS (SELECT FROM drift_alarms a
                   WHERE a.what = known.what AND NOT EXISTS (SELECT {LEARNT}))::int
    FROM unnest(ARRAY['categories', 'confidence', 'words']) AS known(what)
    UNION ALL
    SELECT 'jobs', ARRAY[task_name], count(DISTINCT j.id)
    FROM procrastinate_jobs j WHERE status = 'todo' GROUP BY task_name
    UNION ALL
    SELECT 'jobs oldest', ARRAY[task_name],
           max(extract(epoch FROM now() - greatest(d.at, j.scheduled_at)))
    FROM procrastinate_jobs j JOIN procrastinate_events d ON d.job_id = j.id AND d.type = 'deferred'
    WHERE status = 'todo' GROUP BY task_name
"""  # noqa: S608

QUERY = f"""
    WITH waiting AS (
        SELECT status, attempts,
               CASE status WHEN 'queued' THEN due_at WHEN 'handed' THEN handed_at
                           WHEN 'sending' THEN claimed_at ELSE created_at END AS since
        FROM outbox
        WHERE status IN ('queued', 'sending', 'held')
           OR status = 'handed' AND handed_at IS NOT NULL
    ), sums AS ({SUMS})
    {COUNTED} UNION ALL {WAITING} UNION ALL {STATE}
"""  # noqa: S608

"""What the limits held back: mails that got no answer by them (`events`), and answers that wait for
room under the global one, or waited too long (`outbox`)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from buzon.store.db import Connection

GLOBAL = "global-cap"

# As the index events_held_back has it: the rules of mail/policy that bound how often somebody is
# answered. What another rule speaks against comes first among the signs, and is not among these.
HELD = "(e.signs -> 0 ->> 0) IN ('sender-hour', 'sender-day', 'same-subject')"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A mail whose answer a limit held back: by which rule, and whether it still may go out."""

    event_id: int
    at: datetime
    sender: str
    sender_name: str
    subject: str
    category: str
    rule: str
    waits: bool


async def newest(db: Connection, since: timedelta, most: int) -> list[HeldBack]:
    """The last ones, the newest first."""
    rows = await db.execute(
        f"""
        SELECT e.id, e.stored_at, e.sender, e.sender_name, e.subject, present_name(e.category),
               {_RULE}, coalesce(o.status = 'held', false)
        FROM ({_BOTH}) AS found JOIN events e USING (id) LEFT JOIN outbox o ON o.event_id = e.id
        ORDER BY e.id DESC LIMIT %(most)s
        """,  # noqa: S608
        {"since": since, "most": most},
    )
    return [HeldBack(*row) async for row in rows]


async def counts(db: Connection, since: timedelta) -> dict[str, int]:
    """How many each rule held back, most first."""
    rows = await db.execute(
        f"SELECT {_RULE}, count(*) FROM ({_BOTH}) AS found JOIN events e USING (id)"  # noqa: S608
        " GROUP BY 1 ORDER BY 2 DESC, 1",
        {"since": since},
    )
    return {rule: count async for rule, count in rows}


_RULE = f"coalesce(e.signs -> 0 ->> 0, '{GLOBAL}')"
_BOTH = f"""
    SELECT e.id FROM events e WHERE {HELD} AND e.stored_at > now() - %(since)s
    UNION ALL
    SELECT event_id FROM outbox WHERE status = 'held'
    UNION ALL
    SELECT event_id FROM outbox
    WHERE status = 'failed' AND released_at IS NULL AND created_at > now() - %(since)s
"""  # noqa: S608

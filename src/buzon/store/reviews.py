"""The table `review_claims`, and which mail is the most useful one to look at next."""

from datetime import datetime

from buzon.store.db import Connection
from buzon.store.filters import TO_REVIEW

AMONG = 500  # of the newest mails that wait the most useful is chosen

# Where two categories are nearly as likely a label teaches most (margin sampling: Settles, Active
# Learning Literature Survey, 2009, section 3.1). What the lot fell on stands anywhere between:
# nobody shall know that it is one.
MOST_USEFUL = f"""
    WITH waiting AS (
        SELECT e.id, e.probabilities
        FROM events e
        WHERE {TO_REVIEW}
          AND NOT EXISTS (SELECT FROM review_claims c WHERE c.event_id = e.id
                          AND c.until > now() AND (c.user_id <> %(user)s OR c.later))
        ORDER BY e.received_at DESC, e.id DESC LIMIT %(among)s
    ), measured AS (
        SELECT id, a.event_id IS NOT NULL AS audited,
               (SELECT max(share) - coalesce(min(share), 0)
                FROM (SELECT value::float8 AS share FROM jsonb_each_text(probabilities)
                      ORDER BY 1 DESC LIMIT 2) AS best) AS margin
        FROM waiting LEFT JOIN audits a ON a.event_id = id
    )
    SELECT id FROM measured
    ORDER BY CASE WHEN audited THEN (hashint8(id) & 65535) / 65536.0
                  ELSE percent_rank() OVER (ORDER BY margin) END, id
    LIMIT 1
"""  # noqa: S608 - a constant


async def most_useful(db: Connection, user_id: int) -> int | None:
    """The mail that this person should look at next, of those that nobody else has before them."""
    row = await (await db.execute(MOST_USEFUL, {"user": user_id, "among": AMONG})).fetchone()
    return int(row[0]) if row else None


async def claim(db: Connection, event_id: int, user_id: int, minutes: int) -> bool:
    """Give a mail to a person for some time, or for longer; whether nobody else was quicker, and
    they haven't left it for later."""
    row = await (
        await db.execute(
            """
            INSERT INTO review_claims AS c (event_id, user_id, until)
            VALUES (%(event)s, %(user)s, now() + make_interval(mins => %(minutes)s))
            ON CONFLICT (event_id) DO UPDATE
            SET user_id = excluded.user_id, until = excluded.until, later = false
            WHERE c.user_id = excluded.user_id AND NOT c.later OR c.until <= now()
            RETURNING event_id
            """,
            {"event": event_id, "user": user_id, "minutes": minutes},
        )
    ).fetchone()
    return row is not None


async def release(db: Connection, user_id: int, but: int) -> None:
    """Give back what a person has before them, all `but` one mail."""
    await db.execute(
        "DELETE FROM review_claims WHERE user_id = %s AND event_id <> %s AND NOT later",
        [user_id, but],
    )


async def give_back(db: Connection, event_id: int, user_id: int, seconds: int) -> None:
    """Leave a mail to a person for a moment only."""
    await db.execute(
        "UPDATE review_claims SET until = least(until, now() + make_interval(secs => %s))"
        " WHERE event_id = %s AND user_id = %s AND NOT later",
        [seconds, event_id, user_id],
    )


async def postpone(db: Connection, event_id: int, user_id: int, minutes: int) -> None:
    """Show a mail to nobody for some time."""
    await db.execute(
        """
        INSERT INTO review_claims (event_id, user_id, until, later)
        VALUES (%(event)s, %(user)s, now() + make_interval(mins => %(minutes)s), true)
        ON CONFLICT (event_id) DO UPDATE
        SET user_id = excluded.user_id, until = excluded.until, later = true
        WHERE review_claims.user_id = excluded.user_id OR review_claims.until <= now()
        """,
        {"event": event_id, "user": user_id, "minutes": minutes},
    )


async def take_up(db: Connection, event_id: int, user_id: int, minutes: int) -> None:
    """A mail that a person has left for later is before them again."""
    await db.execute(
        "UPDATE review_claims SET later = false, until = now() + make_interval(mins => %s)"
        " WHERE event_id = %s AND user_id = %s AND later",
        [minutes, event_id, user_id],
    )


async def labelled_since(db: Connection, who: str, since: datetime) -> tuple[int, datetime | None]:
    """Of how many mails somebody has said something since then, and not taken it back; and when
    they began."""
    row = await (
        await db.execute(
            """
            SELECT count(*), min(at) FROM (
                SELECT DISTINCT ON (event_id) at, becomes FROM corrections
                WHERE at >= %s AND by = %s ORDER BY event_id, id DESC
            ) AS last WHERE becomes IS NOT NULL
            """,
            [since, who],
        )
    ).fetchone()
    return (int(row[0]), row[1]) if row else (0, None)

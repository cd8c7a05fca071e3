"""The tables `rollups` and `rollup_changes`: mails counted by day. Triggers count, in the writer's
own transaction; here is what keeps the counts small and true."""

from buzon.store.db import Connection, Database, explained

FOLDING = 0x524F4C


async def fold(db: Connection) -> int:
    """Add what triggers wrote down to the rollups; how many rows that were. Whoever comes while
    another folds leaves it to them."""
    taken = await (await db.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLDING])).fetchone()
    if not (taken and taken[0]):
        return 0
    row = await (
        await db.execute(
            """
            WITH gone AS (DELETE FROM rollup_changes RETURNING *),
            told AS (  -- as the view `counted` tells it
                SELECT figure, day, mailbox, keys, n, total FROM gone
                UNION ALL
                SELECT 'certainty', day, mailbox, keys[:1], n, total FROM gone
                WHERE figure = 'confidence'
                UNION ALL
                SELECT 'certainty by week', date_trunc('week', day)::date, mailbox, keys[:1], n,
                       total
                FROM gone WHERE figure = 'confidence'
                UNION ALL
                SELECT figure || ' by week', date_trunc('week', day)::date, mailbox, keys, n, total
                FROM gone WHERE figure IN ('reply times', 'audits', 'labels', 'languages')
            ),
            added AS (
                INSERT INTO rollups
                SELECT figure, day, mailbox, keys, sum(n), sum(total) FROM told
                GROUP BY figure, day, mailbox, keys HAVING sum(n) <> 0 OR sum(total) <> 0
                ON CONFLICT (figure, day, mailbox, keys) DO UPDATE
                SET n = rollups.n + excluded.n, total = rollups.total + excluded.total
            )
            SELECT count(*) FROM gone
            """
        )
    ).fetchone()
    return int(row[0]) if row else 0


async def sweep(db: Database) -> None:
    """Free the room of the counts that are added up: PostgreSQL itself comes by once a minute at
    most, and in a burst each figure reads past a hundred thousand that are gone."""
    connection = await db.connect()
    with explained(db.url):
        async with connection:
            await connection.execute("VACUUM rollup_changes")


async def stand_still(db: Connection) -> None:
    """Nobody adds up or counts anew until this transaction ends."""
    await db.execute("SELECT pg_advisory_xact_lock(%s)", [FOLDING])


async def rename(db: Connection, name: str, becomes: str) -> None:
    """What was counted under one category's name counts under another one's. `categories` must
    say so already, and `stand_still` and `renamings.hold_names` hold. What audits say is counted
    anew: who was taken for the other of two that are one now was right."""
    await db.execute(
        """
        INSERT INTO rollup_changes
        SELECT figure, day, mailbox, moved.keys, moved.sign * n, moved.sign * total
        FROM counted, LATERAL (VALUES
            (-1, counted.keys),
            (1, CASE figure WHEN 'labels' THEN array_replace(counted.keys, %(name)s, %(becomes)s)
                WHEN 'confidence' THEN counted.keys[:1] || %(becomes)s::text
                ELSE %(becomes)s || counted.keys[2:] END)
        ) AS moved (sign, keys)
        WHERE figure IN ('mails', 'categories by hour') AND counted.keys[1] = %(name)s
           OR figure = 'confidence' AND counted.keys[2] = %(name)s
           OR figure = 'labels' AND %(name)s = ANY(counted.keys)
        """,
        {"name": name, "becomes": becomes},
    )
    await db.execute(
        """
        INSERT INTO rollup_changes
        SELECT figure, day, mailbox, keys, -n, -total FROM counted
        WHERE figure = 'audits' AND keys[1] IN (%(name)s, %(becomes)s)
        UNION ALL
        SELECT f.figure, f.day, e.mailbox, f.keys, 1, 0
        FROM audits a JOIN events e ON e.id = a.event_id CROSS JOIN statistics_clock c,
        LATERAL audit_figures(e.received_at, present_name(e.true_label), present_name(a.category),
                              a.model_version, a.confidence, a.threshold, a.probability,
                              c.timezone) f
        WHERE e.true_label IS NOT NULL AND present_name(a.category) = %(becomes)s
        """,
        {"name": name, "becomes": becomes},
    )


async def use_timezone(db: Connection, timezone: str) -> bool:
    """Count by the days of this time zone from now on; whether all had to be counted anew, which
    takes some seconds for a million mails, in which none is written."""
    done = await db.execute(
        "UPDATE statistics_clock SET timezone = %(zone)s WHERE timezone <> %(zone)s",
        {"zone": timezone},
    )
    if done.rowcount:
        await recount(db)
    return bool(done.rowcount)


async def recount(db: Connection) -> None:
    """Count everything anew from the mails themselves."""
    await stand_still(db)
    await db.execute("SELECT recount()")

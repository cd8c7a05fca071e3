"""The table `quiet_times`: when answers wait, by weekday, and single days."""

from datetime import date, time

from buzon.store.db import Connection

# (weekday, begins, ends), Monday is 0; and whole days.
Times = tuple[list[tuple[int, time, time]], list[date]]


async def listed(db: Connection) -> Times:
    """The hours of the week, and the days, each in order."""
    rows = await db.execute(
        "SELECT weekday, day, begins, ends FROM quiet_times ORDER BY weekday, day"
    )
    found = await rows.fetchall()
    week = [(weekday, begins, ends) for weekday, _, begins, ends in found if weekday is not None]
    return week, [day for _, day, _, _ in found if day is not None]


async def put(db: Connection, times: Times) -> None:
    """From now on it is quiet at these times and no others; every process hears of it when this
    commits. What stays as it was isn't touched."""
    week, days = times
    await db.execute(
        "DELETE FROM quiet_times WHERE NOT coalesce(weekday = ANY(%s), day = ANY(%s))",
        [[weekday for weekday, _, _ in week], days],
    )
    for weekday, begins, ends in week:
        await db.execute(
            """
            INSERT INTO quiet_times (weekday, begins, ends) VALUES (%s, %s, %s)
            ON CONFLICT (weekday) DO UPDATE SET begins = excluded.begins, ends = excluded.ends
            WHERE (quiet_times.begins, quiet_times.ends) <> (excluded.begins, excluded.ends)
            """,
            [weekday, begins, ends],
        )
    for day in days:
        await db.execute(
            "INSERT INTO quiet_times (day, begins, ends) VALUES (%s, '00:00', '00:00')"
            " ON CONFLICT (day) DO NOTHING",
            [day],
        )

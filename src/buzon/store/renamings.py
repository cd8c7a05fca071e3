"""The table `renamings`: categories that get another name, and how far their mails are.

From the moment on in which a category is renamed both names count as the new one, whatever still
stands in a mail: who reads mails asks `present_name`.
"""

from dataclasses import dataclass, replace

from buzon.store.db import Connection
from buzon.store.filters import Filter, Name

NAMES = 5_132_609  # shared by whoever writes a category or a label (the triggers of events)


@dataclass(frozen=True, slots=True)
class Renaming:
    """The mails up to number `done_until` of `last` have the new name."""

    id: int
    name: str
    becomes: str
    by: str
    done_until: int
    last: int

    @property
    def share(self) -> float:
        return self.done_until / max(self.last, 1)


async def hold_names(db: Connection) -> None:
    """Until this transaction ends nobody writes a category or a label: who is writing one has
    finished, and who comes next finds the new names."""
    await db.execute("SELECT pg_advisory_xact_lock(%s)", [NAMES])


async def under_way(db: Connection) -> list[Renaming]:
    """Those that are not finished, the oldest first."""
    rows = await db.execute(
        "SELECT id, name, becomes, by, done_until, last FROM renamings"
        " WHERE finished_at IS NULL ORDER BY id"
    )
    return [Renaming(*row) async for row in rows]


async def add(db: Connection, name: str, becomes: str, by: str) -> None:
    """Mails are to get another name, and those that are getting this one just now, too."""
    await db.execute(
        "UPDATE renamings SET becomes = %s WHERE becomes = %s AND finished_at IS NULL",
        [becomes, name],
    )
    await db.execute(
        "INSERT INTO renamings (name, becomes, by, last)"
        " SELECT %s, %s, %s, coalesce(max(id), 0) FROM events",
        [name, becomes, by],
    )


async def step(db: Connection, renaming: Renaming, mails: int) -> None:
    """Give the new name to those of the next so many mails that have the old one. Each label's
    change is noted in `corrections`, as any other; the audits go along, for nobody was wrong."""
    await db.execute("SELECT set_config('buzon.renaming', 'yes', true)")  # nobody labels anew
    rows = await db.execute(
        "SELECT coalesce(max(id), %s) FROM"
        " (SELECT id FROM events WHERE id > %s ORDER BY id LIMIT %s) AS next",
        [renaming.last, renaming.done_until, mails],
    )
    row = await rows.fetchone()
    until = min(row[0], renaming.last) if row else renaming.last
    which = {"name": renaming.name, "after": renaming.done_until, "until": until}
    await db.execute(
        "UPDATE events SET category = present_name(category), true_label = present_name(true_label)"
        " WHERE id > %(after)s AND id <= %(until)s AND %(name)s IN (category, true_label)",
        which,
    )
    await db.execute(
        "UPDATE audits SET category = present_name(category)"
        " WHERE event_id > %(after)s AND event_id <= %(until)s AND category = %(name)s",
        which,
    )
    await db.execute(
        "UPDATE renamings SET done_until = %(until)s,"
        " finished_at = CASE WHEN %(until)s >= last THEN now() END WHERE id = %(id)s",
        {**which, "id": renaming.id},
    )


async def widened(db: Connection, wanted: Filter) -> Filter:
    """What is asked for by the names that categories have now, and those that some of their mails
    have still."""
    asked = {name for name in (wanted.category, wanted.true_label, wanted.shown) if name}
    if not asked:
        return wanted
    rows = await db.execute(
        """
        SELECT name, present, ARRAY(SELECT r.name FROM renamings r
                                    WHERE r.becomes = present AND r.finished_at IS NULL)
        FROM (SELECT name, coalesce(becomes, name) AS present FROM categories) AS c
        WHERE name = ANY(%s)
        """,
        [list(asked)],
    )
    names: dict[Name, Name] = {
        name: (present, *before) if before else present async for name, present, before in rows
    }
    return replace(
        wanted,
        category=names.get(wanted.category, wanted.category),
        true_label=names.get(wanted.true_label, wanted.true_label),
        shown=names.get(wanted.shown, wanted.shown),
    )

"""What people call a mail: events.true_label, and the table `corrections` that a trigger fills.

The trigger does the work for every road (page, API, Metabase, psql): it checks the category, notes
who changed what, and takes the mail out of the review.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from buzon.errors import NoSuchMail, UnknownCategory
from buzon.store import events
from buzon.store.db import Connection

MARGIN = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mail that somebody labelled, as the model learns from it. `picked`: it was not before a
    person by the model's doubt or by lot; somebody went and chose it, mostly since it was wrong."""

    event_id: int
    thread_id: str
    subject: str
    body: str
    language: str
    label: str
    labelled_at: datetime
    picked: bool


@dataclass(frozen=True, slots=True)
class Correction:
    """One change of a label; None stands for no label. `source`: buzon (page or API), metabase, or
    sql."""

    at: datetime
    by: str
    was: str | None
    becomes: str | None
    predicted: str
    model_version: str
    source: str = "buzon"


async def act_as(db: Connection, who: str, act: int = 0) -> int:
    """Say for the length of this transaction who changes labels. The number of this act, by which
    it can be undone: that of the `act` that it goes on with, else a new one."""
    row = await (
        await db.execute(
            "SELECT set_config('buzon.who', %s, true),"
            " set_config('buzon.act', coalesce(nullif(%s, 0), nextval('acts'))::text, true)",
            [who, act],
        )
    ).fetchone()
    return int(row[1]) if row else 0


async def lock(db: Connection, id: int) -> tuple[str | None, str | None]:
    """What a mail is called and by whom; it stays so until this transaction ends. Raises
    NoSuchMail."""
    rows = await db.execute(
        "SELECT present_name(true_label), labelled_by FROM events WHERE id = %s FOR UPDATE", [id]
    )
    if (row := await rows.fetchone()) is None:
        raise NoSuchMail(f"There is no event {id}.")
    return row[0], row[1]


async def labelled_by_others(
    db: Connection, ids: Sequence[int], who: str, since: datetime
) -> set[int]:
    """Which of these mails somebody else labelled after `since`, or shortly before: when a label
    was set is when its transaction began, and clocks differ. Nobody changes any of them until
    this transaction ends."""
    await events.lock(db, ids)
    rows = await db.execute(
        """
        SELECT DISTINCT event_id FROM corrections
        WHERE event_id = ANY(%s) AND by <> %s AND at > %s - make_interval(secs => %s)
        """,
        [list(ids), who, since, MARGIN],
    )
    return {id for (id,) in await rows.fetchall()}


async def labelled_after(db: Connection, ids: Sequence[int], since: datetime, act: int) -> set[int]:
    """Which of these mails anybody has labelled after `since` otherwise than by this act."""
    rows = await db.execute(
        """
        SELECT DISTINCT event_id FROM corrections
        WHERE event_id = ANY(%s) AND at > %s AND act IS DISTINCT FROM %s
        """,
        [list(ids), since, act],
    )
    return {id for (id,) in await rows.fetchall()}


async def put(db: Connection, ids: Sequence[int], label: str | None) -> int:
    """Label these mails, or take their labels back with None; how many that changes, as `undo`
    counts them. Raises Invalid for a category that there isn't, NoSuchMail for a mail that there
    isn't."""
    if label is not None:
        await refuse_unknown(db, label)
    wanted = set(ids)
    rows = await db.execute(
        "SELECT id FROM events WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [sorted(wanted)]
    )
    found = {id for (id,) in await rows.fetchall()}
    if missing := sorted(wanted - found):
        raise NoSuchMail(f"There is no event {', '.join(map(str, missing[:10]))}.")
    confirmed = await _note_confirmations(db, sorted(wanted), label)
    changed = await db.execute(
        "UPDATE events SET true_label = %(label)s"
        " WHERE id = ANY(%(ids)s) AND true_label IS DISTINCT FROM %(label)s",
        {"label": label, "ids": sorted(wanted)},
    )
    return changed.rowcount + confirmed


async def _note_confirmations(db: Connection, ids: Sequence[int], label: str | None) -> int:
    """Who calls a mail what somebody else has called it says so too: it stays so when the other
    undoes what they did. How many mails that are."""
    rows = await db.execute(
        """
        INSERT INTO corrections (event_id, by, was, becomes, predicted, model_version,
                                 was_to_review, act)
        SELECT id, who, true_label, true_label, category, model_version, needs_review,
               nullif(current_setting('buzon.act', true), '')::bigint
        FROM events, current_setting('buzon.who', true) AS who
        WHERE id = ANY(%s) AND true_label = %s AND who <> ''
          AND who <> (SELECT by FROM corrections WHERE event_id = events.id
                      ORDER BY id DESC LIMIT 1)
        """,
        [ids, label],
    )
    return rows.rowcount


async def undo(
    db: Connection, act: int, who: str, after: int = 0, until: int = events.LARGEST
) -> int:
    """Call what somebody labelled at once what it was called before, of the mails whose numbers are
    above `after` and up to `until`; how many mails that are. What was labelled anew since stays as
    it is."""
    which = {"act": act, "who": who, "after": after, "until": until}
    # First wait for whoever changes one of them just now: what they do must be seen below.
    await db.execute(
        f"SELECT FROM events WHERE id IN (SELECT c.event_id FROM corrections c WHERE {OF_ACT})"  # noqa: S608
        " ORDER BY id FOR UPDATE",
        which,
    )
    confirmations = await db.execute(
        f"DELETE FROM corrections c WHERE {OF_ACT} AND c.by = %(who)s AND c.was = c.becomes",  # noqa: S608
        which,
    )
    rows = await db.execute(
        f"""
        UPDATE events e SET true_label = c.was
        FROM corrections c LEFT JOIN categories k ON k.name = c.was
        WHERE {OF_ACT} AND c.by = %(who)s AND e.id = c.event_id AND k.retired_at IS NULL
          AND NOT EXISTS (SELECT FROM corrections l WHERE l.event_id = c.event_id AND l.id > c.id)
        """,  # noqa: S608
        which,
    )
    return rows.rowcount + confirmations.rowcount


OF_ACT = "c.act = %(act)s AND c.event_id > %(after)s AND c.event_id <= %(until)s"


async def refuse_unknown(db: Connection, label: str) -> None:
    """Raises UnknownCategory where it can't be given to mails, at present."""
    rows = await db.execute(
        "SELECT name FROM categories WHERE retired_at IS NULL ORDER BY created_at, name"
    )
    names = [name for (name,) in await rows.fetchall()]
    if label not in names:
        raise UnknownCategory(f"There is no category “{label}”.", f"There are {', '.join(names)}.")


async def history(db: Connection, event_id: int) -> list[Correction]:
    """Every change of a mail's label, the oldest first."""
    rows = await db.execute(
        "SELECT at, by, was, becomes, predicted, model_version, source FROM corrections"
        " WHERE event_id = %s ORDER BY id",
        [event_id],
    )
    return [Correction(*row) async for row in rows]


async def last_id(db: Connection) -> int:
    """The highest number of a change of a label; 0 where there is none."""
    row = await (await db.execute("SELECT coalesce(max(id), 0) FROM corrections")).fetchone()
    return int(row[0]) if row else 0


async def after(
    db: Connection, after: int, upto: int, limit: int
) -> list[tuple[int, int, Correction]]:
    """The changes of labels that follow change `after`, the oldest first: each with its number and
    the mail's."""
    rows = await db.execute(
        "SELECT id, event_id, at, by, was, becomes, predicted, model_version, source"
        " FROM corrections WHERE id > %s AND id <= %s ORDER BY id LIMIT %s",
        [after, upto, limit],
    )
    return [(id, event_id, Correction(*rest)) async for id, event_id, *rest in rows]


PICKED = """
    (source <> 'import' AND NOT coalesce((SELECT was_to_review FROM corrections c
                  WHERE c.event_id = e.id AND c.was IS NULL ORDER BY c.id LIMIT 1), true))
"""
LABELLED = f"""
    SELECT id, thread_id, subject, body, language, true_label, labelled_at, {PICKED}
    FROM events e WHERE true_label IS NOT NULL AND forgotten_at IS NULL
"""  # noqa: S608 - constants


async def learnable(db: Connection) -> list[Labelled]:
    """All labelled mails whose text is kept, the oldest label first."""
    rows = await db.execute(LABELLED + " ORDER BY labelled_at, id")
    return [Labelled(*row) async for row in rows]


async def unlabelled(db: Connection, most: int, characters: int) -> list[tuple[str, str]]:
    """Subject and body of the newest mails without a label whose text is kept, no more than so many
    characters of each."""
    rows = await db.execute(
        "SELECT subject, left(body, %s) FROM events"
        " WHERE true_label IS NULL AND forgotten_at IS NULL"
        " ORDER BY stored_at DESC, id DESC LIMIT %s",
        [characters, most],
    )
    return await rows.fetchall()


async def unlearnt(
    db: Connection, versions: Sequence[str], until: datetime | None, most: int
) -> list[Labelled]:
    """The newest labelled mails that none of these versions has learnt from, nor from the same
    text; nor was any labelled before `until`, or picked by somebody."""
    rows = await db.execute(
        f"""
        WITH learnt AS MATERIALIZED (
            SELECT DISTINCT event_id, digest FROM lessons JOIN events ON id = event_id
            WHERE version = ANY(%s))
        {LABELLED}
          AND labelled_at > coalesce(%s, '-infinity'::timestamptz) AND NOT {PICKED}
          AND id NOT IN (SELECT event_id FROM learnt)
          AND digest NOT IN (SELECT digest FROM learnt)
        ORDER BY labelled_at DESC, id DESC LIMIT %s
        """,  # noqa: S608 - constants
        [list(versions), until, most],
    )
    return [Labelled(*row) async for row in rows]


async def count_since(
    db: Connection, since: datetime | None, most: int, until: datetime | None = None
) -> int:
    """How many mails have a label that was set or changed after `since`, and not after `until`;
    `most` where they are more."""
    row = await (
        await db.execute(
            """
            SELECT count(*) FROM (
                SELECT FROM events WHERE true_label IS NOT NULL
                  AND labelled_at > coalesce(%s, '-infinity'::timestamptz)
                  AND labelled_at <= coalesce(%s, 'infinity'::timestamptz)
                LIMIT %s) AS labelled
            """,
            [since, until, most],
        )
    ).fetchone()
    return int(row[0]) if row else 0


async def counts(db: Connection) -> dict[str, int]:
    """How many mails are labelled so, by category."""
    rows = await db.execute(
        "SELECT present_name(true_label), count(*) FROM events"
        " WHERE true_label IS NOT NULL GROUP BY 1"
    )
    return {str(name): int(count) async for name, count in rows}

"""The table `long_acts`: what people do to more mails at once than fit into one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from buzon.errors import NotFound
from buzon.store.db import Connection
from buzon.store.filters import Filter

SHOWN_FOR = timedelta(minutes=10)  # after its end

Kind = Literal["label", "settle", "undo"]

COLUMNS = """
    number, kind, by, asked_at, seen_at, category, undoes, wanted, done_until, last, mails,
    left_alone, why, finished_at
"""


@dataclass(frozen=True, slots=True)
class LongAct:
    """The mails up to number `done_until` of `last` are done; `mails` of them were meant, and
    `left` were left alone."""

    number: int
    kind: Kind
    by: str
    asked_at: datetime
    seen_at: datetime
    category: str | None
    undoes: int | None
    wanted: Mapping[str, Any]
    done_until: int
    last: int
    mails: int
    left: int
    why: str
    finished_at: datetime | None

    @property
    def open(self) -> bool:
        return self.finished_at is None

    @property
    def share(self) -> float:
        return min(self.done_until / max(self.last, 1), 1.0) if self.open else 1.0

    @property
    def filter(self) -> Filter:
        """The mails of the list as it was seen."""
        return Filter(**{name: _value(name, value) for name, value in self.wanted.items()})


async def add(
    db: Connection,
    number: int,
    kind: Kind,
    by: str,
    *,
    seen_at: datetime,
    wanted: Filter | None = None,
    category: str | None = None,
    undoes: int | None = None,
) -> None:
    """To be done to all that is wanted by now; what comes in later is not meant."""
    asked = wanted.asked if wanted else {}
    await db.execute(
        """
        INSERT INTO long_acts (number, kind, by, seen_at, wanted, category, undoes, last)
        SELECT %s, %s, %s, %s, %s, %s, %s, coalesce(max(id), 0) FROM events
        """,
        [number, kind, by, seen_at, Jsonb(_told(asked)), category, undoes],
    )


async def get(db: Connection, number: int, by: str) -> LongAct:
    """What somebody did. Raises NotFound."""
    rows = await db.execute(
        f"SELECT {COLUMNS} FROM long_acts WHERE number = %s AND by = %s",  # noqa: S608
        [number, by],
    )
    if (row := await rows.fetchone()) is None:
        raise NotFound("There is nothing of this number that you did.")
    return LongAct(*row)


async def latest(db: Connection, by: str) -> LongAct | None:
    """The last one that somebody asked for, while it is under way and for a while after."""
    rows = await db.execute(
        f"SELECT {COLUMNS} FROM long_acts WHERE by = %s ORDER BY number DESC LIMIT 1",  # noqa: S608
        [by],
    )
    row = await rows.fetchone()
    act = LongAct(*row) if row else None
    if act and act.finished_at:
        still_shown = datetime.now(act.finished_at.tzinfo) - act.finished_at < SHOWN_FOR
        return act if still_shown else None
    return act


async def begin_piece(db: Connection) -> LongAct | None:
    """The one that has waited longest for its next piece; nobody else works on it until this
    transaction ends."""
    rows = await db.execute(
        f"SELECT {COLUMNS} FROM long_acts WHERE finished_at IS NULL"  # noqa: S608
        " ORDER BY worked_at LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    row = await rows.fetchone()
    return LongAct(*row) if row else None


async def note(db: Connection, act: LongAct, until: int, mails: int, left: int) -> None:
    """One more piece is done, up to the mail of this number. At the end nothing is kept of what
    the list was searched for."""
    await db.execute(
        """
        UPDATE long_acts SET done_until = %(until)s, mails = mails + %(mails)s,
            left_alone = left_alone + %(left)s, worked_at = clock_timestamp(),
            wanted = CASE WHEN %(until)s >= last THEN '{}' ELSE wanted END,
            finished_at = CASE WHEN %(until)s >= last THEN now() END
        WHERE number = %(number)s
        """,
        {"until": until, "mails": mails, "left": left, "number": act.number},
    )


async def end(db: Connection, number: int, by: str, why: str = "") -> bool:
    """No further piece of it is done; whether there is such a long act at all. Waits for a piece
    that is being worked on."""
    rows = await db.execute(
        """
        UPDATE long_acts SET finished_at = coalesce(finished_at, now()), wanted = '{}',
            why = CASE WHEN finished_at IS NULL THEN %s ELSE why END
        WHERE number = %s AND by = %s
        """,
        [why, number, by],
    )
    return rows.rowcount > 0


def _told(asked: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asked.items()
    }


def _value(name: str, value: Any) -> Any:
    if name in {"since", "until", "stored_by"}:
        return datetime.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value

"""The table `alarms`: what somebody should look after, raised once and ended once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from buzon.store.db import Connection

Kind = Literal[
    "mailbox-silent",
    "mailbox-fails",
    "answers-wait",
    "answers-held",
    "promise-broken",
    "disk-fills",
    "secret-lost",
]

PAUSE = timedelta(hours=1)  # between two mails of a kind
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong: about which mailbox, how much (seconds, answers, or a share), and the words
    of whoever refused."""

    kind: Kind
    about: str = ""
    figure: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One that rings."""

    id: int
    found: Found
    raised_at: datetime


async def settle(db: Connection, found: Sequence[Found]) -> list[Found]:
    """What is found rings from now on, if it didn't; what is not ends. Returns what is new."""
    await db.execute(
        """
        UPDATE alarms SET ended_at = now()
        WHERE ended_at IS NULL
          AND NOT EXISTS (SELECT FROM unnest(%s::text[], %s::text[]) AS f(kind, about)
                          WHERE (f.kind, f.about) = (alarms.kind, alarms.about))
        """,
        [[each.kind for each in found], [each.about for each in found]],
    )
    await db.execute("DELETE FROM alarms WHERE ended_at < now() - %s", [KEPT])
    return [each for each in found if await _raised(db, each)]


async def _raised(db: Connection, found: Found) -> bool:
    done = await db.execute(
        """
        INSERT INTO alarms (kind, about, figure, detail) VALUES (%s, %s, %s, %s)
        ON CONFLICT (kind, about) WHERE ended_at IS NULL DO NOTHING
        """,
        [found.kind, found.about, found.figure, found.detail],
    )
    return done.rowcount > 0


_COLUMNS = "id, kind, about, figure, detail, raised_at"


async def ringing(db: Connection) -> list[Alarm]:
    """The oldest first."""
    rows = await db.execute(
        f"SELECT {_COLUMNS} FROM alarms WHERE ended_at IS NULL ORDER BY id"  # noqa: S608
    )
    return [_alarm(*row) async for row in rows]


async def untold(db: Connection) -> list[Alarm]:
    """Those that ring and that the administrator is to be written of now, the oldest first: none of
    a kind of which something was told within the hour."""
    rows = await db.execute(
        f"""
        SELECT {_COLUMNS} FROM alarms
        WHERE ended_at IS NULL AND told_at IS NULL AND NOT EXISTS (
            SELECT FROM alarms other WHERE other.kind = alarms.kind AND other.told_at > now() - %s)
        ORDER BY id
        """,  # noqa: S608
        [PAUSE],
    )
    return [_alarm(*row) async for row in rows]


async def note_told(db: Connection, alarms: Sequence[Alarm]) -> None:
    """The administrator was written to of these."""
    await db.execute(
        "UPDATE alarms SET told_at = now() WHERE id = ANY (%s)", [[alarm.id for alarm in alarms]]
    )


def _alarm(
    id: int, kind: Kind, about: str, figure: float, detail: str, raised_at: datetime
) -> Alarm:
    return Alarm(id, Found(kind, about, figure, detail), raised_at)

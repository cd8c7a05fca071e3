"""The table `trainings`: who asked for a new model, how far it is, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import errors
from psycopg.types.json import Jsonb

from buzon.errors import NotFound, TrainingUnderWay
from buzon.records import Reason
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class Training:
    """`share` is between 0 and 1, `step` what is being done; `reason` is `why` so that
    it can be translated, where it is such."""

    id: int
    asked_at: datetime
    asked_by: str
    state: str
    share: float
    step: str
    started_at: datetime | None
    finished_at: datetime | None
    version: str | None
    promoted: bool | None
    why: str
    with_starter: bool
    reason: Reason | None = None

    @property
    def open(self) -> bool:
        return self.finished_at is None


COLUMNS = """
    id, asked_at, asked_by, state, share, step, started_at, finished_at, version, promoted, why,
    with_starter, reason
"""


async def ask(db: Connection, who: str, *, with_starter: bool = True) -> int:
    """Ask for a training; its number. Raises TrainingUnderWay while one is waiting or under way."""
    try:
        async with db.transaction():
            row = await (
                await db.execute(
                    "INSERT INTO trainings (asked_by, with_starter) VALUES (%s, %s) RETURNING id",
                    [who, with_starter],
                )
            ).fetchone()
    except errors.UniqueViolation as error:
        running = await last(db)
        assert running is not None  # noqa: S101 - it was in the way, and none is ever deleted
        raise TrainingUnderWay(
            f"Training {running.id} is under way.",
            "Wait for it; what is labelled meanwhile is learnt by the next one.",
            running.id,
        ) from error
    assert row is not None  # noqa: S101 - RETURNING gives a row
    return int(row[0])


async def start(db: Connection) -> Training | None:
    """Begin with the training that is open, or begin again where a process died over it; None
    where none is. The caller holds the lock of those that train."""
    row = await (
        await db.execute(
            f"""
            UPDATE trainings SET state = 'running', started_at = now(), share = 0, step = ''
            WHERE finished_at IS NULL RETURNING {COLUMNS}
            """  # noqa: S608
        )
    ).fetchone()
    return _training(row) if row else None


async def progress(db: Connection, id: int, share: float, step: str) -> None:
    await db.execute(
        "UPDATE trainings SET share = %s, step = %s WHERE id = %s AND finished_at IS NULL",
        [share, step, id],
    )


async def finish(
    db: Connection, id: int, version: str, *, promoted: bool, why: str | Reason
) -> None:
    await db.execute(
        """
        UPDATE trainings SET state = 'done', share = 1, step = '', finished_at = now(),
               version = %s, promoted = %s, why = %s, reason = %s
        WHERE id = %s
        """,
        [version, promoted, *_said(why), id],
    )


async def fail(db: Connection, id: int, why: str | Reason) -> None:
    await db.execute(
        """
        UPDATE trainings SET state = 'failed', step = '', finished_at = now(), promoted = false,
               why = %s, reason = %s
        WHERE id = %s AND finished_at IS NULL
        """,
        [*_said(why), id],
    )


def _said(why: str | Reason) -> tuple[str, Jsonb | None]:
    if isinstance(why, str):
        return why, None
    return why.text, Jsonb({"patterns": why.patterns, "values": dict(why.values)})


def _training(row: Sequence[Any]) -> Training:
    reason = row[-1]
    said = Reason(tuple(reason["patterns"]), reason["values"]) if reason else None
    return replace(Training(*row[:-1]), reason=said)


async def get(db: Connection, id: int) -> Training:
    """Raises NotFound."""
    row = await (
        await db.execute(f"SELECT {COLUMNS} FROM trainings WHERE id = %s", [id])  # noqa: S608
    ).fetchone()
    if row is None:
        raise NotFound(f"There is no training {id}.")
    return _training(row)


async def learnt(db: Connection) -> datetime | None:
    """When the last one began that did not fail; what was labelled since nobody has learnt."""
    query = "SELECT max(coalesce(started_at, asked_at)) FROM trainings WHERE state <> 'failed'"
    row = await (await db.execute(query)).fetchone()
    return row[0] if row else None


async def last(db: Connection) -> Training | None:
    """The one that was asked for last, ended or not."""
    row = await (
        await db.execute(f"SELECT {COLUMNS} FROM trainings ORDER BY id DESC LIMIT 1")  # noqa: S608
    ).fetchone()
    return _training(row) if row else None

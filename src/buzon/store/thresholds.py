"""The table `thresholds`: how sure the model must be for a mail to be handled without a person."""

from dataclasses import astuple, dataclass, fields
from datetime import datetime

from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class Threshold:
    """`certified`: audits vouch that the risk is kept, else `missing` of them are still needed.
    `bound` is the share of wrong categories that isn't exceeded, with 95% certainty."""

    threshold: float
    certified: bool
    risk: float
    audited: int
    wrong: int
    bound: float
    missing: int
    checked: int  # all the audits that were asked
    careful: float  # the threshold that was to hold without a certificate


COLUMNS = ", ".join(field.name for field in fields(Threshold))


async def in_force(db: Connection) -> Threshold | None:
    """The last one; None before the first."""
    rows = await db.execute(f"SELECT {COLUMNS} FROM thresholds ORDER BY id DESC LIMIT 1")  # noqa: S608
    row = await rows.fetchone()
    return Threshold(*row) if row else None


async def add(db: Connection, threshold: Threshold) -> None:
    """Put a threshold in force; every process hears of it when this commits."""
    await db.execute(
        f"INSERT INTO thresholds ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",  # noqa: S608
        astuple(threshold),
    )


async def last_asked(db: Connection, needed: int) -> datetime | None:
    """When a certificate was last asked for with at least so many audits."""
    rows = await db.execute("SELECT max(at) FROM thresholds WHERE checked >= %s", [needed])
    row = await rows.fetchone()
    return row[0] if row else None

"""The dashboard over many mails: the server's time for a page, and what counting costs those who
write."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg

from bench.history import DAYS, FILL, browser, database, fill, mails, p95, times
from bench.lab import Lab
from bench.report import AT_MOST, Report

EVENTS, QUICK_EVENTS = 1_000_000, 50_000
ROUNDS = 30
BATCHES, BATCH = 40, 500


def measure(lab: Lab) -> Report:
    count = QUICK_EVENTS if lab.quick else EVENTS
    with database(lab, "statistics") as url:
        seconds = fill(url, count)
        found = Report(f"The figures of {count:,} mails in {DAYS} days")
        for days, taken in asyncio.run(asked(url)).items():
            found.add(f"dashboard, {days} d, p95", p95(taken) * 1000, "ms", AT_MOST, 50)
        counted, bare = writing(url)
        found.add("mails stored", counted, "1/s", "without counting", bare)
        found.notes += [
            f"Counting all mails anew took {seconds:.1f} s.",
            f"Stored in transactions of {BATCH} mails by one INSERT … SELECT each, events alone.",
        ]
    return found


async def asked(url: str) -> dict[int, list[float]]:
    """For each number of days, the seconds that their page took, asked for many times."""
    async with browser(url) as one:
        return {days: await times(one, page_of(days), ROUNDS) for days in (1, 7, 30, 90, DAYS)}


def page_of(days: int) -> str:
    first = datetime.now(UTC).date() - timedelta(days=days - 1)
    return f"/dashboard?period=own&since={first}"


def writing(url: str) -> tuple[float, float]:
    """Mails stored a second, with the triggers and without, in turns."""
    with psycopg.connect(url, autocommit=True) as db:
        taken = {"origin": 0.0, "replica": 0.0}
        for batch in range(BATCHES):
            role = ("origin", "replica")[batch % 2]
            db.execute(f"SET session_replication_role = {role}")
            taken[role] += timed(lambda: store(db, batch))  # noqa: B023 - called at once
    each = BATCH * BATCHES / 2
    return each / taken["origin"], each / taken["replica"]


def store(db: psycopg.Connection, batch: int) -> None:
    db.execute(FILL, mails(BATCH, 0.1, f"batch {batch} "))


def timed(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began

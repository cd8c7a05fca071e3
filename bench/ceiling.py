"""What no number of processes gets past: mails are stored and decided on by one writer at a time,
under the intake lock. So what one writer stores a second is the most that one database takes."""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg
import structlog

from bench.lab import Lab
from bench.processor import Processor, of_server
from bench.report import Report
from buzon.flow import Flow, intake
from buzon.records import RawMail
from buzon.store.embedded import Embedded
from peers.flows import StubClassifier, make_flow, open_database
from peers.mails import customer_mail
from peers.postgres import migrate

BATCHES = (1, 10, 100, 500)
SECONDS, QUICK_SECONDS = 8.0, 3.0


def measure(lab: Lab) -> Report:
    found = Report("One writer at a time: mails stored a second under the intake lock")
    warnings = structlog.make_filtering_bound_logger(logging.WARNING)  # a line a mail takes time
    structlog.configure(wrapper_class=warnings)
    database = Embedded(lab.new_folder("ceiling"))
    url = database.start()
    try:
        migrate(url)
        seconds = QUICK_SECONDS if lab.quick else SECONDS
        speeds = asyncio.run(_speeds(url, seconds, of_server(database)))
        with psycopg.connect(url) as db:
            db.execute("ANALYZE")
            mails, size = db.execute(
                "SELECT count(*), pg_database_size(current_database()) FROM events"
            ).fetchall()[0]
    finally:
        database.stop()
    for batch, (speed, work) in speeds.items():
        found.add(f"in transactions of {batch}", speed, "1/s", "of 1", speeds[1][0])
        found.add("… PostgreSQL's CPU time a mail", work, "ms", "of 1", speeds[1][1])
    found.add("database after it, a mail", size / mails / 1000, "kB")
    found.notes += [
        "Parsed and sorted beforehand: only what is done while others wait counts. The database is "
        "the embedded one, and durable: a commit waits for the disk.",
        f"{mails:,} mails, each of another customer, with the raw mail, its event and its answer.",
    ]
    return found


async def _speeds(url: str, seconds: float, postmaster: int) -> dict[int, tuple[float, float]]:
    async with open_database(url) as db:
        flow = await make_flow(db, StubClassifier(), replies_per_hour=10**9)
        return {batch: await _speed(flow, batch, seconds, postmaster) for batch in BATCHES}


async def _speed(flow: Flow, batch: int, seconds: float, postmaster: int) -> tuple[float, float]:
    """Mails a second, and milliseconds of CPU time that PostgreSQL took for each."""
    stored, spent = 0, 0.0
    with Processor(postmaster) as database:
        while spent < seconds:
            judged = await intake.judge(flow, _mails(batch, stored))
            start = time.perf_counter()
            await intake.keep(flow, judged)
            spent += time.perf_counter() - start
            stored += batch
    return stored / spent, 1000 * database.seconds / stored


def _mails(batch: int, number: int) -> Sequence[RawMail]:
    contents = [customer_mail(n, marker=f"b{batch}-") for n in range(number, number + batch)]
    contents = [each.replace(b"@example.org", b"@b%d.example.org" % batch) for each in contents]
    now = datetime.now(UTC)
    return [RawMail("soporte", content, now, "imap", len(content)) for content in contents]

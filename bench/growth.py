"""What a mail costs as the history grows; what flow alone writes, beside COPY; and how fast the
open mails are scored again."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median

import psycopg

from bench.history import database, fill
from bench.lab import Lab
from bench.report import Report
from buzon.classifier.corpus import starter
from buzon.classifier.registry import Registry
from buzon.classifier.teach import teach_starter
from buzon.flow import Flow, Judged, handle_mails, judge, keep
from buzon.flow.rescoring import rescore
from buzon.mail import clean
from buzon.mail.rebuild import rebuild
from buzon.records import RawMail
from peers.flows import OWN, make_flow, open_database

SIZES, QUICK_SIZES = (1_000, 10_000, 100_000, 1_000_000), (1_000, 20_000)
BATCHES, BATCH = 40, 50
WRITTEN, QUICK_WRITTEN = 20_000, 5_000
TOGETHER = 500  # mails in a transaction
RESCORED, QUICK_RESCORED = 10_000, 2_000
OPEN = "UPDATE events SET needs_review = true, true_label = NULL, model_version = 'old'"
COPIED = ("events", "raw_mails", "outbox")


def measure(lab: Lab) -> Report:
    found = Report("Work per mail: as the history grows, beside COPY, and scored again")
    growing(found, lab)
    with database(lab, "written") as url:
        asyncio.run(writing(found, lab, url))
        asyncio.run(rescoring(found, lab, url))
    return found


def growing(found: Report, lab: Lab) -> None:
    """Each size is a database of its own, filled at once; then mails come in as always."""
    sizes = list(QUICK_SIZES if lab.quick else SIZES)
    if lab.mails > sizes[-1]:
        sizes.append(lab.mails)
    costs = []
    for size in sizes:
        with database(lab, f"history of {size}") as url:
            began = time.monotonic()
            fill(url, size)
            filled = time.monotonic() - began
            costs.append(asyncio.run(cost(lab, url)))
        found.details.append(
            {"mails in the history": size, "ms a mail": costs[-1], "s to make it": filled}
        )
    found.add(f"a mail at {sizes[-1]:,}", costs[-1], "ms", f"at {sizes[0]:,}", costs[0])
    found.notes.append(
        f"Median of {BATCHES} batches of {BATCH}: parsed, judged by the starter model, looked up, "
        "answered, stored, committed."
    )


async def cost(lab: Lab, url: str) -> float:
    """Milliseconds a mail takes, batches being stored."""
    async with open_database(url) as db:
        flow = await working(lab, db)
        raws = list(raw_mails("g", BATCH * (BATCHES + 5)))
        taken = []
        for start in range(0, len(raws), BATCH):
            began = time.perf_counter()
            await handle_mails(flow, raws[start : start + BATCH])
            taken.append(time.perf_counter() - began)
    return 1000 * median(taken[5:]) / BATCH


async def working(lab: Lab, db: object) -> Flow:
    """A flow with the starter model, as the service has it."""
    flow = await make_flow(db, None, replies_per_hour=10**9)  # type: ignore[arg-type]
    classifier = Registry(lab.folder / "models").load_or_train(lambda: teach_starter(clean.newest))
    flow.at_work.change(classifier=classifier)
    return flow


async def writing(found: Report, lab: Lab, url: str) -> None:
    """Mails that are parsed and judged, kept; then the same rows by COPY, as bytes."""
    count = QUICK_WRITTEN if lab.quick else WRITTEN
    async with open_database(url) as db:
        flow = await working(lab, db)
        batches = [
            await judge(flow, some) for some in slices(list(raw_mails("w", count)), TOGETHER)
        ]
        await keep(flow, [replace_id(each) for each in batches[0]])
        began = time.perf_counter()
        for batch in batches:
            await keep(flow, batch)
        ours = count / (time.perf_counter() - began)
    for what, like in (("bare COPY", ""), ("COPY with the indexes", "INCLUDING ALL")):
        found.add(f"events written by flow, {TOGETHER} at a time", ours, "1/s", what,
                  count / copied(url, count, like))  # fmt: skip
    found.notes.append(
        "COPY gets the rows that flow wrote to events, raw_mails and outbox, as PostgreSQL itself "
        "handed them out, in transactions as large. It knows no duplicates, caps, or figures."
    )


def replace_id(judged: Judged) -> Judged:
    """Another mail, for warming up."""
    message = replace(judged.message, message_id=f"first {judged.message.message_id}")
    return replace(judged, message=message)


def copied(url: str, count: int, like: str) -> float:
    """Seconds that COPY takes for the last so many rows, into tables of the same columns."""
    with psycopg.connect(url, autocommit=True) as db:
        first = db.execute("SELECT max(id) FROM events").fetchone()[0] - count + 1  # type: ignore[index]
        for table in COPIED:
            db.execute(f"DROP TABLE IF EXISTS bare_{table}")
            db.execute(f"CREATE TABLE bare_{table} (LIKE {table} {like})")
        taken = 0.0
        for start in range(first, first + count, TOGETHER):
            rows = {table: handed_out(db, table, start) for table in COPIED}
            began = time.perf_counter()
            with db.transaction():
                for table, data in rows.items():
                    with db.cursor().copy(f"COPY bare_{table} FROM STDIN (FORMAT BINARY)") as copy:
                        copy.write(data)
            taken += time.perf_counter() - began
    return taken


def handed_out(db: psycopg.Connection, table: str, start: int) -> bytes:
    name = "id" if table == "events" else "event_id"
    query = f"SELECT * FROM {table} WHERE {name} BETWEEN {start} AND {start + TOGETHER - 1}"
    with db.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as copy:
        return b"".join(copy)


async def rescoring(found: Report, lab: Lab, url: str) -> None:
    count = QUICK_RESCORED if lab.quick else RESCORED
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"{OPEN} WHERE id IN (SELECT id FROM events LIMIT {count})")
        connection.execute("VACUUM ANALYZE events")
    async with open_database(url) as db:
        flow = await working(lab, db)
        began, busy = time.perf_counter(), time.process_time()
        scored = await rescore(flow)
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
    found.add("scored again", scored / busy, "mails/s a core", "goal of issue 7", 8000)
    found.add("… with PostgreSQL", scored / seconds, "mails/s", "goal of issue 7", 8000)


def raw_mails(mark: str, count: int) -> Iterable[RawMail]:
    """Each by somebody else, with the texts of the starter corpus."""
    texts = [sample for sample in starter() if sample.body]
    for number in range(count):
        sample = texts[number % len(texts)]
        content = rebuild(
            sender=f"cliente{mark}{number}@example.org",
            recipients=[OWN],
            subject=sample.subject,
            text=sample.body,
            message_id=f"<{mark}{number}@mail.example.org>",
        )
        yield RawMail(OWN, content, datetime.now(UTC), "imap", len(content))


def slices(raws: Sequence[RawMail], size: int) -> Iterable[Sequence[RawMail]]:
    return (raws[start : start + size] for start in range(0, len(raws), size))

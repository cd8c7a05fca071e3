"""What a mail costs as the history grows; what flow alone writes, beside COPY; and how fast the
open mails are scored again. In processor time, Buzón's and PostgreSQL's."""

import asyncio
import logging
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict

from bench.history import database, filled
from bench.lab import Lab
from bench.processor import Processor, of_server
from bench.report import AT_LEAST, AT_MOST, Report
from buzon.classifier.corpus import starter
from buzon.classifier.registry import Registry
from buzon.classifier.teach import teach_starter
from buzon.flow import Flow, handle_mails, judge, keep
from buzon.flow.known import Judged
from buzon.flow.rescoring import rescore
from buzon.mail import clean
from buzon.mail.rebuild import rebuild
from buzon.records import RawMail
from buzon.store.embedded import Embedded
from peers.flows import OWN, StubClassifier, make_flow, open_database

SIZES, QUICK_SIZES = (1_000, 10_000, 100_000, 1_000_000), (1_000, 20_000)
BATCHES, WARM_UP, BATCH = 60, 10, 50
ROUNDS = 3  # of which the least counts
WRITTEN, QUICK_WRITTEN = 20_000, 5_000
TOGETHER = 500  # mails in a transaction
RESCORED, QUICK_RESCORED = 10_000, 2_000
OPEN = """
UPDATE events SET needs_review = true, true_label = NULL, model_version = 'old'
WHERE id IN (SELECT id FROM events LIMIT %s)
"""
COPIED = ("events", "raw_mails", "outbox")


def measure(lab: Lab) -> Report:
    found = Report("Work per mail: as the history grows, beside COPY, and scored again")
    # A line for each mail is the service's, not flow's; and here it would go to the terminal.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    sizes = list(QUICK_SIZES if lab.quick else SIZES)
    if lab.mails > sizes[-1]:
        sizes.append(lab.mails)
    growing(found, lab, sizes)
    with database(lab, "written") as url:
        asyncio.run(writing(found, lab, url))
        asyncio.run(rescoring(found, lab, url))
    return found


def growing(found: Report, lab: Lab, sizes: Sequence[int]) -> None:
    """Each size is a database of its own, filled at once; then mails come in as always. By turns:
    a machine isn't as fast now as it was while a million mails were made."""
    with ExitStack() as running:
        made = [running.enter_context(filled(lab, size)) for size in sizes]
        rounds = [[asyncio.run(cost(lab, url)) for url, _ in made] for _ in range(ROUNDS)]
    costs = [min(each) for each in zip(*rounds, strict=True)]
    for size, each, (_, seconds) in zip(sizes, costs, made, strict=True):
        row = {"mails in the history": size, "ms a mail": each, "s to make it": seconds}
        found.details.append(row)
    name = f"a mail at {sizes[-1]:,}"
    found.add(name, costs[-1], "ms", f"at {sizes[0]:,}", costs[0])
    found.add(name, costs[-1] / costs[0], "times that", AT_MOST, 1.15)
    found.notes += [
        f"{BATCHES - WARM_UP} batches of {BATCH}: parsed, judged by the starter model, looked up, "
        "answered, stored, committed. The table has the sizes.",
        f"The least of {ROUNDS} rounds, in which all sizes take turns.",
        "They are the first of a mailbox that PostgreSQL's statistics don't know yet. What it does "
        "meanwhile for itself, such as checkpoints, counts too.",
    ]


async def cost(lab: Lab, url: str) -> float:
    """Milliseconds that a mail takes."""
    run = secrets.token_hex(4)  # in a history that is kept, others ran
    batches = slices(list(raw_mails(f"g{run}", BATCHES * BATCH)), BATCH)
    async with working(lab, url) as flow:
        for batch in batches[:WARM_UP]:
            await handle_mails(flow, batch)
        with processor(url) as taken:
            for batch in batches[WARM_UP:]:
                await handle_mails(flow, batch)
    return 1000 * taken.seconds / BATCH / (BATCHES - WARM_UP)


async def writing(found: Report, lab: Lab, url: str) -> None:
    """Mails that are parsed and judged, kept; then the same rows by COPY, as bytes."""
    count = QUICK_WRITTEN if lab.quick else WRITTEN
    async with working(lab, url) as flow:
        raws = slices(list(raw_mails("w", count)), TOGETHER)
        batches = [await judge(flow, some) for some in raws]
        await keep(flow, [another(each) for each in batches[0]])
        with processor(url) as taken:
            for batch in batches:
                await keep(flow, batch)
    for what, like in (("bare COPY", ""), ("COPY, with the indexes", "INCLUDING ALL")):
        peer = count / copied(url, count, like)
        name = f"events written by flow, {TOGETHER} at a time"
        found.add(name, count / taken.seconds, "1/s a core", what, peer)
        if not like:
            found.add(name, count / taken.seconds / peer, "times that", AT_LEAST, 0.4)
    found.notes.append(
        "COPY gets the rows that flow wrote to events, raw_mails and outbox, as PostgreSQL itself "
        "handed them out, in transactions as large. It knows no duplicates, caps, or figures."
    )


def another(judged: Judged) -> Judged:
    """Another mail, for warming up."""
    message = replace(judged.message, message_id=f"first {judged.message.message_id}")
    return replace(judged, message=message)


def copied(url: str, count: int, like: str) -> float:
    """Seconds that COPY takes for the last so many rows, into tables of the same columns."""
    with psycopg.connect(url, autocommit=True) as db:
        last = db.execute("SELECT max(id) FROM events").fetchone()
        first = last[0] - count + 1 if last else 0
        for table in COPIED:
            db.execute(f"DROP TABLE IF EXISTS bare_{table}")
            db.execute(f"CREATE TABLE bare_{table} (LIKE {table} {like})")
        batches = [
            {table: handed_out(db, table, start) for table in COPIED}
            for start in range(first, first + count, TOGETHER)
        ]
        with processor(url) as taken:
            for batch in batches:
                copy_in(db, batch)
    return taken.seconds


def handed_out(db: psycopg.Connection, table: str, start: int) -> bytes:
    name = "id" if table == "events" else "event_id"
    query = f"SELECT * FROM {table} WHERE {name} BETWEEN {start} AND {start + TOGETHER - 1}"
    with db.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as copy:
        return b"".join(copy)


def copy_in(db: psycopg.Connection, batch: dict[str, bytes]) -> None:
    with db.transaction():
        for table, data in batch.items():
            with db.cursor().copy(f"COPY bare_{table} FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(data)


async def rescoring(found: Report, lab: Lab, url: str) -> None:
    """Those that flow has written wait for a person, and were scored by another model."""
    count = QUICK_RESCORED if lab.quick else RESCORED
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SET session_replication_role = replica")
        db.execute(OPEN, [count])
        db.execute("VACUUM ANALYZE events")
    async with working(lab, url) as flow:
        before = time.process_time()
        with processor(url) as both:
            scored = await rescore(flow)
        ours = time.process_time() - before
    found.add("scored again", scored / ours, "mails/s a core", AT_LEAST, 8000)
    name = "… PostgreSQL's time too"
    found.add(name, scored / both.seconds, "mails/s a core", AT_LEAST, 8000)


@asynccontextmanager
async def working(lab: Lab, url: str) -> AsyncIterator[Flow]:
    """A flow with the starter model, as the service has it."""
    registry = Registry(lab.folder / "models")
    classifier = registry.load_or_train(lambda: teach_starter(clean.newest))
    async with open_database(url) as db:
        flow = await make_flow(db, StubClassifier(), replies_per_hour=10**9)
        flow.at_work.change(classifier=classifier)
        yield flow


def processor(url: str) -> Processor:
    """Of this process and of the PostgreSQL at this address."""
    folder = Path(str(conninfo_to_dict(url)["host"])).parent
    return Processor(os.getpid(), of_server(Embedded(folder)))


def raw_mails(mark: str, count: int) -> Iterator[RawMail]:
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


def slices(raws: Sequence[RawMail], size: int) -> list[Sequence[RawMail]]:
    return [raws[start : start + size] for start in range(0, len(raws), size)]

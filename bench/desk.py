"""The pages over many mails: the server's time for each, at rest and while mails are stored."""

import asyncio
import multiprocessing
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event

import psycopg
import uvloop

from bench.history import FILL, browser, filled, mails, p95, times
from bench.lab import Lab
from bench.report import AT_MOST, Report
from buzon.flow import keeper, searching
from buzon.store import rollups, search
from peers.flows import open_database

EVENTS, QUICK_EVENTS, LARGE_EVENTS = 1_000_000, 50_000, 10_000_000
ROUNDS = 50
WRITERS = 2
A_BATCH = 0.08  # seconds for 20 mails: of two, as many as Buzón stores in a burst
LIMIT, LARGE_LIMIT = 50.0, 100.0  # ms, up to a million mails, and above
PAGES = {
    "the newest": "/",
    "to review": "/?review=1",
    "a category of a mailbox": "/?category=otro&mailbox=ventas",
    "a language": "/?language=fr",
    "not answered": "/?answered=no",
    "done": "/?done=yes",
    "words that are in all": "/?q=cajas",
    "a word that is in one": "/?q=31416",
    "one mail": "/mails/31416",
    "review": "/review",
    "dashboard, 7 days": "/dashboard?period=7",
    "dashboard, 90 days": "/dashboard?period=90",
    "outbox": "/outbox",
    "model": "/model",
}


def measure(lab: Lab) -> Report:
    count = lab.mails or (QUICK_EVENTS if lab.quick else EVENTS)
    return of_history(lab, count, LIMIT, short=count < EVENTS)


def measure_large(lab: Lab) -> Report:
    return of_history(lab, lab.mails or LARGE_EVENTS, LARGE_LIMIT, short=False)


def of_history(lab: Lab, count: int, limit: float, short: bool) -> Report:
    found = Report(f"Pages over {count:,} mails, the server's time", short=short)
    with filled(lab, count, searchable=True) as (url, seconds):
        resting = asked(url)
        with writers(url):
            busy = asked(url)
    for name in PAGES:
        found.add(f"{name}, p95", p95(resting[name]) * 1000, "ms", AT_MOST, limit)
        found.add("… while mails are stored", p95(busy[name]) * 1000, "ms", AT_MOST, limit)
    found.notes += [
        f"{ROUNDS} requests each, without the network; making the mails took {seconds:.0f} s."
        if seconds
        else f"{ROUNDS} requests each, without the network; the mails had been made before.",
        f"Busy: {WRITERS} processes, each storing 20 mails in {A_BATCH * 1000:.0f} ms.",
    ]
    return found


def asked(url: str) -> dict[str, list[float]]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_asked(url))


async def _asked(url: str) -> dict[str, list[float]]:
    async with browser(url) as one:
        return {name: await times(one, path, ROUNDS) for name, path in PAGES.items()}


@contextmanager
def writers(url: str) -> Iterator[None]:
    end = multiprocessing.Event()
    at_work = [
        multiprocessing.Process(target=_write, args=(url, f"w{number} ", end), daemon=True)
        for number in range(WRITERS)
    ]
    at_work.append(multiprocessing.Process(target=_keep_up, args=(url, end), daemon=True))
    for process in at_work:
        process.start()
    try:
        yield
    finally:
        end.set()
        for process in at_work:
            process.join()


def _write(url: str, mark: str, end: Event) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        run, batch, due = secrets.token_hex(4), 0, 0.0  # in a history that is kept, others ran
        while not end.wait(max(0.0, due - time.monotonic())):
            due = time.monotonic() + A_BATCH
            batch += 1
            db.execute(FILL, mails(20, 0.01, f"{mark}{run} {batch} "))


def _keep_up(url: str, end: Event) -> None:
    asyncio.run(_add_up(url, end))


async def _add_up(url: str, end: Event) -> None:
    """As a worker does while so many come: counts are added up, and mails made searchable."""
    async with open_database(url) as db:
        while not end.is_set():
            async with db.transaction() as connection:
                await rollups.fold(connection)
                while await search.index(connection, searching.BATCH) == searching.BATCH:
                    pass
            await rollups.sweep(db)
            await asyncio.sleep(keeper.PAUSE)

"""`buzon import` of an mbox of a million mails of 4 kB, killed halfway and taken up again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench import mboxes
from bench.archive import begun, imported, warm_up
from bench.lab import Lab, Memory
from bench.report import AT_LEAST, AT_MOST, Report
from bench.visiting import Visiting
from buzon.store.embedded import Embedded

MAILS, QUICK_MAILS = 1_000_000, 10_000
PAUSE = 0.5  # seconds between two looks at how far it is


def measure(lab: Lab) -> Report:
    count = lab.mails or (QUICK_MAILS if lab.quick else MAILS)
    found = Report("Import of an mbox of a million mails", short=count < MAILS)
    folder = lab.new_folder("million")
    warm_up(lab, folder)
    path = folder / "million.mbox"
    size = mboxes.write_formatted(path, count)
    with stored(folder) as db:
        before = mails(db)
        seconds, first_peak = killed(lab, folder, path, db, before + count // 2)
        half = mails(db) - before
        with lab.service(folder / "buzon") as service, Visiting(service) as visiting:
            rest, second_peak = imported(lab, folder, path)
        there, different = counted(db)
    what = f"{count:,} mails, {size / 1e9:.1f} GB: the first {half:,}, then killed"
    found.add(what, half / seconds, "mails/s", AT_LEAST, 2000)
    found.add("… the rest, with pages asked for", (count - half) / rest, "mails/s", AT_LEAST, 2000)
    found.add("… memory, peak of the first half", first_peak, "MB", AT_MOST, 500)
    found.add("… memory, peak of the rest", second_peak, "MB", "the first half", first_peak)
    found.add("… a page meanwhile, p95", visiting.p95 * 1000, "ms", AT_MOST, 100)
    found.notes += [
        f"{there - before:,} mails were stored, of {different - before:,} different Message-IDs. "
        "Each half with its start: the second finds where the first was.",
        "Text and HTML, 4 kB each in the mean. Pages as in the import of small mails, of which "
        "the service and its own work take their part of the two cores.",
    ]
    return found


@contextmanager
def stored(folder: Path) -> Iterator[psycopg.Connection]:
    server = Embedded(folder / "buzon" / "var")
    try:
        with psycopg.connect(server.start(), autocommit=True) as db:
            yield db
    finally:
        server.stop()


def mails(db: psycopg.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0])  # type: ignore[index]


def counted(db: psycopg.Connection) -> tuple[int, int]:
    """All mails, and how many different ones."""
    row = db.execute("SELECT count(*), count(DISTINCT message_id) FROM events").fetchone()
    assert row
    return row[0], row[1]


def killed(
    lab: Lab, folder: Path, path: Path, db: psycopg.Connection, enough: int
) -> tuple[float, float]:
    """Seconds until so many mails were stored, and the megabytes it took at most; then SIGKILL."""
    begin = time.perf_counter()
    with begun(lab, folder, path) as process, Memory(process.pid) as memory:
        while mails(db) < enough:
            assert process.poll() is None, "it ended before it was killed"
            time.sleep(PAUSE)
        process.kill()
    return time.perf_counter() - begin, memory.peak

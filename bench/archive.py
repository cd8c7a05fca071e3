"""`buzon import` of an mbox: many small mails, and a large file, beside a bare copy of its mails
into the same database."""

import mmap
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bench import mboxes
from bench.lab import Lab, Memory
from bench.report import AT_LEAST, AT_MOST, Report, number
from bench.visiting import Visiting
from buzon.store.embedded import Embedded
from peers.service import Service

SMALL_MAILS, QUICK_SMALL_MAILS = 50_000, 5_000
LARGE_BYTES, QUICK_BYTES = 2_000_000_000, 100_000_000
BATCH = 500
BATCH_BYTES = 16_000_000


def measure(lab: Lab) -> Report:
    folder = lab.new_folder("archive")
    warm_up(lab, folder)
    found = Report(
        "Import of an mbox",
        short=lab.archive_bytes < LARGE_BYTES or lab.mails in range(1, SMALL_MAILS),
    )
    small(lab, folder, found)
    large(lab, folder, found)
    found.notes += [
        "The bare copy finds the mails by their “From ” lines and stores them with COPY, in such "
        "batches too: it parses, sorts and looks up nothing.",
        "The times are those of the whole command, start of Python and database included; "
        "“without the start” is less what an import of one mail takes.",
        "Pages are asked for five times a second, by turns, in an import of its own: the newest, a "
        "search, the review, and the dashboard, of the service, by HTTP.",
        "Memory is the PSS of Buzón's own processes, without PostgreSQL.",
    ]
    return found


def warm_up(lab: Lab, folder: Path) -> None:
    """Make the database, which every later command finds."""
    mboxes.write_small(folder / "one.mbox", 1)
    imported(lab, folder, folder / "one.mbox")


def small(lab: Lab, folder: Path, found: Report) -> None:
    count = lab.mails or (QUICK_SMALL_MAILS if lab.quick else SMALL_MAILS)
    path = folder / "small.mbox"
    size = mboxes.write_small(path, count)
    mboxes.write_small(folder / "uno.mbox", 1)
    start, _ = imported(lab, folder, folder / "uno.mbox")
    seconds, peak = imported(lab, folder, path)
    bare = copied(folder, path)
    pages = visited(lab, folder, path)
    path.unlink()
    what = f"{count:,} small mails ({size / count / 1000:.1f} kB each)"
    found.add(what, count / seconds, "mails/s", "bare COPY", count / bare)
    found.add(what, count / seconds, "mails/s", AT_LEAST, 2000)
    found.add(
        "… without the start", count / (seconds - start), "mails/s", "bare COPY", count / bare
    )
    found.add("… memory, peak", peak, "MB", AT_MOST, 500)
    found.add("… a page meanwhile, p95", pages * 1000, "ms", AT_MOST, 100)


def visited(lab: Lab, folder: Path, path: Path) -> float:
    """How long a page takes while the same mails are imported once more, as another mailbox's, in
    seconds (p95)."""
    with lab.service(folder / "buzon") as service, Visiting(service) as visiting:
        imported(lab, folder, path, "--mailbox", "visited@example.com")
    return visiting.p95


def large(lab: Lab, folder: Path, found: Report) -> None:
    wanted = min(QUICK_BYTES, lab.archive_bytes) if lab.quick else lab.archive_bytes
    path = folder / "large.mbox"
    count = mboxes.write_mixed(path, wanted)
    size = path.stat().st_size
    seconds, peak = imported(lab, folder, path)
    bare = copied(folder, path)
    path.unlink()
    what = f"{number(size / 1e9)} GB, {count:,} mails, a fifth with 0.1–2 MB attached"
    found.add(what, size / seconds / 1e6, "MB/s", "bare COPY", size / bare / 1e6)
    found.add("… in mails", count / seconds, "mails/s", "bare COPY", count / bare)
    found.add("… memory, peak", peak, "MB", AT_MOST, 500)


def imported(lab: Lab, folder: Path, path: Path, *options: str) -> tuple[float, float]:
    """Seconds that `buzon import` takes, and the megabytes it takes at most."""
    begin = time.perf_counter()
    with begun(lab, folder, path, *options) as process, Memory(process.pid) as memory:
        said, _ = process.communicate()
    assert process.returncode == 0, said.decode()
    return time.perf_counter() - begin, memory.peak


def begun(lab: Lab, folder: Path, path: Path, *options: str) -> subprocess.Popen[bytes]:
    """`buzon import` of a file, under way."""
    service: Service = lab.service(folder / "buzon")
    return subprocess.Popen(
        [sys.executable, "-m", "buzon", "import", str(path), *options],
        cwd=service.folder,
        env=service.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def copied(folder: Path, path: Path) -> float:
    """Seconds that the bare copy takes."""
    server = Embedded(folder / "postgres")
    url = server.start()
    try:
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("DROP TABLE IF EXISTS mails")
            db.execute("CREATE TABLE mails (id bigint PRIMARY KEY, content bytea NOT NULL)")
            db.execute("ALTER TABLE mails ALTER COLUMN content SET STORAGE EXTERNAL")
            begin = time.perf_counter()
            for batch in batches(path):
                copy_batch(db, batch)
            return time.perf_counter() - begin
    finally:
        server.stop()


def copy_batch(db: psycopg.Connection, batch: list[tuple[int, bytes]]) -> None:
    with (
        db.cursor() as cursor,
        cursor.copy("COPY mails (id, content) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["int8", "bytea"])
        for row in batch:
            copy.write_row(row)


def batches(path: Path) -> Iterator[list[tuple[int, bytes]]]:
    batch: list[tuple[int, bytes]] = []
    size = 0
    for row in enumerate(mails(path)):
        batch.append(row)
        size += len(row[1])
        if len(batch) == BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


def mails(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = 0
        while start < len(content):
            end = content.find(b"\n\nFrom ", start)
            end = len(content) if end < 0 else end + 2
            yield content[content.find(b"\n", start) + 1 : end]
            start = end

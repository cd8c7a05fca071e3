"""How long `buzon serve` takes until /healthz answers: the first time, and later."""

import time
from pathlib import Path
from statistics import median

from bench.lab import Lab, pid_of
from bench.report import AT_MOST, Report
from buzon.api.memory import memory_of
from buzon.store.embedded import Embedded
from peers.service import Service

LATER_STARTS, QUICK_LATER_STARTS = 5, 2


def measure(lab: Lab) -> Report:
    folder = lab.new_folder("start")
    service = Service(folder / "buzon", {"BUZON_MODELS_DIR": str(folder / "models")})
    service.folder.mkdir()
    first, first_memory = started(service)
    times = QUICK_LATER_STARTS if lab.quick else LATER_STARTS
    later, memory = zip(*(started(service) for _ in range(times)), strict=True)
    database = [database_started(folder / "postgres") for _ in range(1 + times)]
    found = Report("Start: process → /healthz answers")
    found.add("first start", first, "s", "initdb and PostgreSQL alone", database[0])
    found.add("first start", first, "s", AT_MOST, 20)
    found.add("later start", median(later), "s", "PostgreSQL alone", median(database[1:]))
    found.add("later start", median(later), "s", AT_MOST, 5)
    found.add("memory after the first start", first_memory, "MB", AT_MOST, 300)
    found.add("memory after a later start", median(memory), "MB", AT_MOST, 300)
    found.notes.append(
        "The first start trains the model and makes the database. "
        f"Later starts: median of {times}, slowest {max(later):.2f} s."
    )
    return found


def started(service: Service) -> tuple[float, float]:
    """Seconds until it answers, and megabytes it has then."""
    begin = time.perf_counter()
    service.start()
    seconds = time.perf_counter() - begin
    memory = memory_of(pid_of(service)) / 1e6
    service.stop()
    return seconds, memory


def database_started(folder: Path) -> float:
    server = Embedded(folder)
    begin = time.perf_counter()
    server.start()
    seconds = time.perf_counter() - begin
    server.stop()
    return seconds

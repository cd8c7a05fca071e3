"""How long `buzon serve` takes until /healthz answers: the first time, and later."""

import time
from pathlib import Path
from statistics import median

from bench.lab import Lab
from bench.report import Report
from buzon.store.embedded import Embedded
from peers.service import Service

LATER_STARTS, QUICK_LATER_STARTS = 5, 2


def measure(lab: Lab) -> Report:
    folder = lab.new_folder("start")
    service = Service(folder / "buzon", {"BUZON_MODELS_DIR": str(folder / "models")})
    service.folder.mkdir()
    first = started(service)
    times = QUICK_LATER_STARTS if lab.quick else LATER_STARTS
    later = [started(service) for _ in range(times)]
    database = [database_started(folder / "postgres") for _ in range(1 + times)]
    found = Report("Start: process → /healthz answers")
    found.add("first start", first, "s", "initdb and PostgreSQL alone", database[0])
    found.add("first start", first, "s", "limit of issue 2", 20)
    found.add("later start", median(later), "s", "PostgreSQL alone", median(database[1:]))
    found.add("later start", median(later), "s", "limit of issue 2", 5)
    found.notes.append(
        f"The first start trains the model and makes the database. Later starts: median of {times}, "
        f"slowest {max(later):.2f} s."
    )
    return found


def started(service: Service) -> float:
    begin = time.perf_counter()
    service.start()
    seconds = time.perf_counter() - begin
    service.stop()
    return seconds


def database_started(folder: Path) -> float:
    server = Embedded(folder)
    begin = time.perf_counter()
    server.start()
    seconds = time.perf_counter() - begin
    server.stop()
    return seconds

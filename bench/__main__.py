"""`python -m bench`: measures, prints, and writes bench/results/NAME.json. It judges nothing."""

import argparse
import tempfile
from pathlib import Path

from rich.console import Console

from bench import (
    archive,
    burst,
    ceiling,
    classifier,
    classify,
    desk,
    growth,
    latency,
    million,
    n8n,
    open_pages,
    page,
    pages,
    published,
    start,
    statistics,
    stream,
    unlabelled,
    workers,
)
from bench.lab import Lab
from bench.machine import describe, load, speed

MEASURES = {
    "start": start.measure,
    "latency": latency.measure,
    "burst": burst.measure,
    "n8n": n8n.measure,
    "workers": workers.measure,
    "ceiling": ceiling.measure,
    "archive": archive.measure,
    "million": million.measure,
    "classifier": classifier.measure,
    "classify": classify.measure,
    "stream": stream.measure,
    "unlabelled": unlabelled.measure,
    "statistics": statistics.measure,
    "growth": growth.measure,
    "desk": desk.measure,
    "large": desk.measure_large,
    "pages": pages.measure,
    "open-pages": open_pages.measure,
}

# Ten million mails take half an hour to make, three hundred trainings as long as all the rest, and
# a million mails a quarter of an hour to import: only for those who ask.
BY_NAME_ALONE = ("large", "unlabelled", "million")

# What shows most in three minutes.
QUICK = ("start", "latency", "burst", "classify", "growth")


def main() -> None:
    wanted = arguments()
    if wanted.names or not wanted.write:
        measure(wanted)
    if wanted.write:
        published.update(MEASURES)
        page.write(published.reports(MEASURES))


def measure(wanted: argparse.Namespace) -> None:
    console, machine = Console(), describe()
    console.print(*(f"{name}: {text}" for name, text in machine.items()), sep="\n")
    with tempfile.TemporaryDirectory(prefix="buzon-bench-") as folder:
        Path(folder).chmod(0o755)  # Dovecot and PostgreSQL run as other users
        size = int(wanted.gigabytes * 1e9)
        lab = Lab(Path(folder), wanted.quick, size, wanted.mails, wanted.kept)
        for name in wanted.names or (QUICK if wanted.quick else usual()):
            before = {"load before": load(), "speed before": speed()}
            report = MEASURES[name](lab)
            report.show(console)
            quick = wanted.quick or report.short
            report.save(name, {**machine, **before, "quick": quick})


def usual() -> list[str]:
    return [name for name in MEASURES if name not in BY_NAME_ALONE]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASURES)}")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"smaller numbers, within 3 minutes; without names {', '.join(QUICK)}",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="put what was measured since into bench/published, and write docs/performance.md and "
        "performance.es.md of that; without names only that",
    )
    large = archive.LARGE_BYTES / 1e9
    parser.add_argument("--gigabytes", type=float, default=large, help="size of the large mbox")
    parser.add_argument("--mails", type=int, default=0, help="in the history that desk looks at")
    parser.add_argument(
        "--kept", type=Path, help="a folder of histories that stay, for desk, large and growth"
    )
    wanted = parser.parse_args()
    if unknown := [name for name in wanted.names if name not in MEASURES]:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    return wanted


if __name__ == "__main__":
    main()

"""docs/performance.md: the figures of bench/results as tables and pictures, between the two marks;
what stands around them is written by hand."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.plot import bars, line
from bench.report import RESULTS, number

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "performance.md"
BESIDE, GROWTH = DOCS / "pictures" / "bench-beside.svg", DOCS / "pictures" / "bench-growth.svg"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
NO_PEERS = ("limit", "goal")  # what is allowed, not what was measured

MOST_ROWS = 20  # of a table of details; longer ones are left to the files

Found = dict[str, Any]


def write(names: Iterable[str]) -> None:
    """The figures of these benchmarks, in this order, as far as they were ever taken."""
    paths = [RESULTS / f"{name}.json" for name in names]
    found = [json.loads(path.read_text()) for path in paths if path.exists()]
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    parts = [BEGIN, *pictures(found), *map(section, found), END]
    PAGE.write_text(before + "\n\n".join(parts) + after)


def pictures(found: Sequence[Found]) -> Iterable[str]:
    ratios = [
        (f"{figure['name']} / {figure['beside']}", figure["ratio"])
        for report in found
        for figure in report["figures"]
        if figure["ratio"] and figure["unit"].partition(" ")[0].endswith("/s")
        if not figure["beside"].startswith(NO_PEERS) and not figure["name"].startswith("…")
    ]
    if ratios:
        BESIDE.write_text(bars(ratios, "Times as many a second as the peer (logarithmic)"))
        yield f"![Speed beside each peer](pictures/{BESIDE.name})"
    grown = [
        (row["mails in the history"], row["ms a mail"])
        for report in found
        for row in report["details"]
        if "ms a mail" in row
    ]
    if grown:
        GROWTH.write_text(line(grown, "ms of processor time a mail, by mails in the history"))
        yield f"![Work per mail as the history grows](pictures/{GROWTH.name})"


def section(report: Found) -> str:
    around = report["circumstances"]
    size = "smaller numbers (`--quick`), " if around["quick"] else ""
    commit = f" at {around['commit']}" if "commit" in around else ""
    head = (
        f"### {report['title']}\n\n"
        f"{report['measured_at'][:16].replace('T', ' ')} UTC{commit}; {size}"
        f"{around['CPU']}, {around['cores']} cores, {around['memory']}, {around['kernel']}, "
        f"Python {around['Python']}; load before it {around['load before']}."
    )
    tables = [figures(report["figures"])] if report["figures"] else []
    if 0 < len(report["details"]) <= MOST_ROWS:
        rows = [[cell(value) for value in row.values()] for row in report["details"]]
        tables.append(table(list(report["details"][0]), rows))
    notes = "\n".join(f"- {note}" for note in report["notes"])
    return "\n\n".join([head, *tables, notes])


def figures(found: Sequence[Found]) -> str:
    rows = [
        [
            one["name"],
            f"{number(one['value'])} {one['unit']}",
            one["beside"],
            "" if one["beside_value"] is None else number(one["beside_value"]),
            "" if one["ratio"] is None else f"{one['ratio']:.2f}",
        ]
        for one in found
    ]
    return table(["figure", "Buzón", "beside", "its value", "ratio"], rows)


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def cell(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)

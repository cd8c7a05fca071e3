"""docs/performance.md and its Spanish edition: published figures as tables and pictures, between
the two marks; what stands around them is written by hand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import spanish
from bench.plot import bars, line
from bench.published import Found, is_short
from bench.report import AT_LEAST, AT_MOST, number

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
MOST_ROWS = 20  # of a table of details; longer ones are left to the files


@dataclass(frozen=True, slots=True)
class Edition:
    """The page in one language; `say` makes a text of the benchmarks one of it."""

    end: str
    say: Callable[[str], str]
    number: Callable[[float], str]


EDITIONS = (
    Edition("", str, number),
    Edition(".es", spanish.say, lambda value: spanish.figures(number(value))),
)


def write(reports: Sequence[Found], docs: Path = DOCS) -> None:
    for edition in EDITIONS:
        page = docs / f"performance{edition.end}.md"
        before, _, rest = page.read_text("utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        sections = (section(edition, report) for report in reports)
        parts = [BEGIN, *pictures(edition, reports, docs / "pictures"), *sections, END]
        page.write_text(before + "\n\n".join(parts) + after, "utf-8")


def pictures(edition: Edition, reports: Sequence[Found], folder: Path) -> Iterable[str]:
    """Of whole runs alone. The manual takes the picture of the page's language by itself."""
    whole = [report for report in reports if not is_short(report)]
    if ratios := [
        (f"{edition.say(figure['name'])} / {edition.say(figure['beside'])}", figure["ratio"])
        for report in whole
        for figure in report["figures"]
        if figure["ratio"] and figure["unit"].partition(" ")[0].endswith("/s")
        if figure["beside"] not in (AT_LEAST, AT_MOST) and not figure["name"].startswith("…")
    ]:
        title = edition.say("Times as many a second as the peer (logarithmic)")
        drawn = bars(ratios, title, edition.number)
        (folder / f"bench-beside{edition.end}.svg").write_text(drawn, "utf-8")
        yield f"![{edition.say('Speed beside each peer')}](pictures/bench-beside.svg)"
    if grown := [
        (row["mails in the history"], row["ms a mail"])
        for report in whole
        for row in report["details"]
        if "ms a mail" in row
    ]:
        title = edition.say("ms of processor time a mail, by mails in the history")
        drawn = line(grown, title, edition.number)
        (folder / f"bench-growth{edition.end}.svg").write_text(drawn, "utf-8")
        what = edition.say("Work per mail as the history grows")
        yield f"![{what}](pictures/bench-growth.svg)"


def section(edition: Edition, report: Found) -> str:
    title = edition.say(report["title"])
    if is_short(report):
        title += f" ({edition.say('a short run')})"
    parts = [f"### {title}", edition.say(circumstances(report))]
    if report["figures"]:
        parts.append(figures(edition, report["figures"]))
    if 0 < len(report["details"]) <= MOST_ROWS:
        parts.append(details(edition, report["details"]))
    parts.append("\n".join(f"- {edition.say(note)}" for note in report["notes"]))
    return "\n\n".join(parts)


def circumstances(report: Found) -> str:
    around = report["circumstances"]
    of = f" of commit {around['commit']}" if "commit" in around else ""
    speed = (
        f" One core made {around['speed before']} million additions a second in Python."
        if "speed before" in around
        else ""
    )
    return (
        f"{report['measured_at'][:16].replace('T', ' ')} UTC{of}, {around['CPU']}, "
        f"{around['cores']} cores, {around['memory']}, {around['kernel']}, "
        f"Python {around['Python']}; load before it {around['load before']}.{speed}"
    )


def figures(edition: Edition, found: Sequence[Found]) -> str:
    rows = [
        [
            edition.say(one["name"]),
            # That number and unit stay on one line.
            f"{edition.number(one['value'])}\N{NO-BREAK SPACE}{edition.say(one['unit'])}".strip(),
            edition.say(one["beside"]),
            "" if one["beside_value"] is None else edition.number(one["beside_value"]),
            "" if one["ratio"] is None else edition.number(one["ratio"]),
        ]
        for one in found
    ]
    return table(edition, ["figure", "Buzón", "beside", "its value", "ratio"], rows)


def details(edition: Edition, rows: Sequence[Found]) -> str:
    written = [[cell(edition, value) for value in row.values()] for row in rows]
    return table(edition, list(rows[0]), written)


def cell(edition: Edition, value: object) -> str:
    return edition.number(value) if isinstance(value, int | float) else str(value)


def table(edition: Edition, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [[edition.say(name) for name in names], ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

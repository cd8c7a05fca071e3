"""Figures, each beside what it is to be compared with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"

AT_LEAST, AT_MOST = "goal: at least", "goal: at most"  # beside which nothing was measured


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` of Buzón in `unit`; `peer` names what was measured (or is allowed) beside it."""

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.peer_value if self.peer_value else None


@dataclass(slots=True)
class Report:
    """The figures of one benchmark, and what must be known to read them."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    details: list[dict[str, object]] = field(default_factory=list)  # rows of a second table
    notes: list[str] = field(default_factory=list)
    short: bool = False  # measured with smaller numbers than the benchmark's own

    def add(
        self, name: str, value: float, unit: str, peer: str = "", peer_value: float | None = None
    ) -> None:
        self.figures.append(Figure(name, value, unit, peer, peer_value))

    def show(self, console: Console) -> None:
        table = Table("figure", "Buzón", "unit", "beside", "its value", "ratio", title=self.title)
        table.title_justify = "left"
        for f in self.figures:
            other = "" if f.peer_value is None else number(f.peer_value)
            ratio = "" if f.ratio is None else f"{f.ratio:.2f}"
            table.add_row(f.name, number(f.value), f.unit, f.peer, other, ratio)
        console.print()
        console.print(table)
        if self.details:
            console.print(self._details())
        for note in self.notes:
            console.print(f"  {note}", style="dim")

    def _details(self) -> Table:
        table = Table(*self.details[0])
        for row in self.details:
            cells = row.values()
            table.add_row(*(f"{x:.3f}" if isinstance(x, float) else str(x) for x in cells))
        return table

    def save(self, name: str, circumstances: Mapping[str, object]) -> None:
        RESULTS.mkdir(exist_ok=True)
        found = {
            "title": self.title,
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "circumstances": dict(circumstances),
            "figures": [
                {
                    "name": f.name,
                    "value": f.value,
                    "unit": f.unit,
                    "beside": f.peer,
                    "beside_value": f.peer_value,
                    "ratio": f.ratio,
                }
                for f in self.figures
            ],
            "details": self.details,
            "notes": self.notes,
        }
        text = json.dumps(found, ensure_ascii=False, indent=2)
        (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def number(value: float) -> str:
    """With three significant digits or more."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

"""Figures about a model, as the pages draw them: how wide, how dark, between which bounds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from buzon.classifier.versus import measured as measured  # the templates ask for it here
from buzon.flow import Explained

SHADES = 8
FEW = 8  # categories whose confusion fits beside another table, under heads that lie
STEPS = 3  # of how strongly a phrase is marked
# A chart's plane, in the units of its drawing; the axes' words stand around it.
WIDTH, HEIGHT = 300, 180


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a chart with its interval, in units of the drawing."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OfCategory:
    """A category's texts, and its precision and recall; None where nothing was called so, or is."""

    name: str
    n: int
    precision: Mapping[str, float] | None
    recall: Mapping[str, float] | None


def by_category(report: Mapping[str, Any]) -> list[OfCategory]:
    """In the order of the confusion, from which it follows what was never called so."""
    names, counts = report["confusion"]["labels"], report["confusion"]["counts"]
    called = [sum(column) for column in zip(*counts, strict=True)]
    found = [report["per_category"][name] for name in names]
    return [
        OfCategory(
            name, one["n"], one["precision"] if times else None, one["recall"] if one["n"] else None
        )
        for name, one, times in zip(names, found, called, strict=True)
    ]


def titled(names: Sequence[str], titles: Mapping[str, str]) -> str:
    """Categories as people call them."""
    return ", ".join(titles.get(name, name) for name in names)


def places(names: Sequence[str], known: Iterable[str]) -> list[int]:
    """Where each of the names stands, in the order of the categories that are known: of those that
    are kept, thus as people have put them. What isn't known comes last."""
    order = {name: number for number, name in enumerate(known)}
    return sorted(range(len(names)), key=lambda place: order.get(names[place], len(order)))


def named(report: Mapping[str, Any]) -> dict[str, OfCategory]:
    return {one.name: one for one in by_category(report)}


def signed(more: int) -> str:
    """ "+3", "−2"; a dot where there is no difference."""
    return f"{more:+d}".replace("-", "\N{MINUS SIGN}") if more else "·"


def gap(left: Sequence[Sequence[int]], right: Sequence[Sequence[int]]) -> list[list[int]]:
    """By how much each cell of the right confusion is more than that of the left."""
    return [
        [after - before for before, after in zip(*rows, strict=True)]
        for rows in zip(left, right, strict=True)
    ]


def shade(count: int, row: Sequence[int]) -> int:
    """How dark a cell of a confusion is, from 0 to SHADES: its part of its row."""
    return -(-abs(count) * SHADES // sum(row)) if count else 0


def strongest(explained: Explained) -> float:
    """What the phrase adds or takes that matters most; 0 where there is no phrase."""
    return max((abs(phrase.weight) for phrase in explained.explanation.phrases), default=0.0)


def step(weight: float | None, strongest: float) -> int:
    """How strongly a phrase is marked, from -STEPS (against the category) to STEPS (for it); 0, not
    at all, where it hardly matters beside the strongest."""
    return round(STEPS * weight / strongest) if weight else 0


def calibration_marks(bins: Iterable[Mapping[str, float]]) -> list[Mark]:
    """Confidence to the right, accuracy up, both from 0 to 1."""
    return [
        Mark(WIDTH * b["confidence"], *(_up(b[key]) for key in ("accuracy", "low", "high")))
        for b in bins
    ]


def curve_marks(points: Sequence[Mapping[str, float]]) -> list[Mark]:
    """Labels to the right, accuracy up, from `curve_floor` to 1."""
    floor, most = curve_floor(points), max(p["labels"] for p in points)
    return [
        Mark(
            WIDTH * p["labels"] / max(most, 1),
            *(_up((p[key] - floor) / (1 - floor)) for key in ("accuracy", "low", "high")),
        )
        for p in points
    ]


def curve_floor(points: Sequence[Mapping[str, float]]) -> float:
    """Where the axis of a learning curve begins: at the tenth below its lowest bound."""
    return int(min(p["low"] for p in points) * 10) / 10 if points else 0.0


def _up(share: float) -> float:
    return HEIGHT * (1 - share)

"""Figures about a model, as the pages draw them: how wide, how dark, between which bounds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from buzon.classifier import binomial
from buzon.flow import Explained, Standing

SHADES = 8
STEPS = 3  # of how strongly a phrase is marked
# A chart's plane, in the units of its drawing; the axes' words stand around it.
WIDTH, HEIGHT = 300, 180


@dataclass(frozen=True, slots=True)
class Share:
    """A share that was measured on `n`, and between which bounds it lies (95%)."""

    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a chart with its interval, in units of the drawing."""

    x: float
    y: float
    low: float
    high: float


def measured(metrics: Mapping[str, Any]) -> Share | None:
    """How often a version was right on texts it hadn't seen; None where that wasn't measured."""
    if "accuracy" not in metrics or not metrics.get("examples"):
        return None
    n, accuracy = int(metrics["examples"]), float(metrics["accuracy"])
    low, high = binomial.interval(round(accuracy * n), n)
    return Share(n, accuracy, float(low), float(high))


def promise(standing: Standing) -> Literal["kept", "broken", "due", "open"]:
    """Whether the promise is certified, contradicted by the mails that were checked, about to be
    asked for, or can't be told yet."""
    if standing.certified:
        return "kept"
    if standing.broken:
        return "broken"
    return "due" if standing.certificate.threshold is not None else "open"


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


def shade(count: int, row: Sequence[int]) -> int:
    """How dark a cell of a confusion is, from 0 to SHADES: its part of its row."""
    return -(-count * SHADES // sum(row)) if count else 0


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

"""Whether the mail that comes in now is still like the mail the model has learnt from.

Watched every day: the share of each category, how sure the model is on average, and the share of
words that it doesn't know. Mails of one day are alike (a fault, a campaign), so not the mail but
the day is what is counted. Of each day we ask how many of all days so far were as extreme, after
what is usual on that weekday. If nothing has moved, the newest day is as likely to take any rank as
every other, however the figures are distributed.

**Looking daily piles up no false alarms**, because evidence is a capital at stake. Every day 1/56
is put in, and all that is there is bet on the day being extreme, at odds that are fair if nothing
has moved. Nobody wins for long in a fair game: within any eight weeks the capital reaches 60 in at
most one case of 60, and with three things watched there is a false alarm in at most one of 20
(conformal test martingales: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World,
2005; put in daily: Shin, Ramdas and Rinaldo, E-detectors, 2024). If something has moved, the
capital multiplies day by day. What it can't tell apart is drift and a season that the training
period didn't have.

Simulated with mails of a day much alike (`tests/classifier/test_drift.py`), eight weeks of
training and 60 mails a day: a category that goes from 20% to 35% is found after 11 days (median; in
90% of cases within 15), a mean confidence 0.08 lower after 6 (7), unknown words up from 8% to 14%
after 6 (7). With 16 weeks of training it takes 10, 5 and 5 days; with four, 13, 6 and 6. There was
a false alarm within eight weeks in 0 to 3 of 300 companies.

The new days are compared with each other too, or the odds wouldn't be fair. So what moves within
days of a training period of only four weeks becomes the usual before it is found: the category
above was found in 24 of 40 cases.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from buzon.classifier.binomial import Floats

What = Literal["categories", "confidence", "words"]

PERIOD = 56
FEWEST_DAYS = 28
_FALSE_ALARMS = 0.05
_KINDS = 3
# A hundred mails of one day tell little more than fifty: they are alike.
_ALIKE = 50
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Day:
    """The mails of a day: how many the model put into each category, how many fell into each tenth
    of confidence (ten counts), and how many of their words it knew and didn't."""

    date: date
    categories: Mapping[str, int]
    confidence: Sequence[int]
    known: int
    unknown: int

    @property
    def mails(self) -> int:
        return sum(self.categories.values())


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something has moved, presumably since that day: from how much before to how much now.

    `moved` holds shares of mails by category, under "" that of all categories without a mail in the
    training period; or under "confidence" the mean confidence; or under "unknown" the share of
    words. `p`: how often such an alarm comes about within eight weeks though nothing has moved.
    """

    what: What
    since: date
    p: float
    moved: dict[str, tuple[float, float]]


def watch(training: Sequence[Day], recent: Sequence[Day]) -> list[Alarm]:
    """The alarms since the training period, at most one of each kind; one given stays.

    `recent` is every day since then, in order, not only the newest: what one day alone can't prove,
    many can. Days without mails are passed over; none is judged before the training period has 28.
    """
    before = [day for day in training if day.mails]
    days = [*before, *(day for day in recent if day.mails)]
    if len(before) < FEWEST_DAYS:
        return []
    first = len(before)
    alarms = (
        _alarm(what, names, values, days, first) for what, names, values in _read(days, first)
    )
    return [alarm for alarm in alarms if alarm]


def _read(days: Sequence[Day], first: int) -> Iterator[tuple[What, list[str], Floats]]:
    """What is watched: names, and values of shape (days, names)."""
    names = sorted({name for day in days[:first] for name in day.categories})
    counts = np.array([[day.categories.get(name, 0) for name in names] for day in days])
    mails = np.array([[day.mails] for day in days])
    new = mails - counts.sum(axis=1, keepdims=True)
    yield "categories", [*names, ""], np.hstack([counts, new]) / mails
    tenths = np.array([day.confidence for day in days])
    means = tenths @ (np.arange(10) + 0.5) / 10 / np.maximum(tenths.sum(axis=1), 1)
    yield "confidence", ["confidence"], means[:, np.newaxis]
    unknown = [day.unknown / max(day.known + day.unknown, 1) for day in days]
    yield "words", ["unknown"], np.array(unknown)[:, np.newaxis]


def _alarm(
    what: What, names: list[str], values: Floats, days: Sequence[Day], first: int
) -> Alarm | None:
    bets = _bets(values, days, first)
    capital = _capital(bets)
    evidence = capital.mean(axis=(1, 2))
    enough = _KINDS / _FALSE_ALARMS
    if not (evidence >= enough).any():
        return None
    at = int(np.argmax(evidence >= enough))
    strongest = np.unravel_index(capital[at].argmax(), capital[at].shape)
    start = first + _start(bets[: at + 1, strongest[0], strongest[1]])
    weights = np.array([day.mails for day in days], dtype=np.float64)
    was = np.average(values[:first], axis=0, weights=weights[:first])
    now = np.average(values[start:], axis=0, weights=weights[start:])
    moved = capital[at].max(axis=0) >= 1 / _FALSE_ALARMS
    return Alarm(
        what=what,
        since=days[start].date,
        p=float(_KINDS / evidence.max()),
        moved={names[n]: (float(was[n]), float(now[n])) for n in np.flatnonzero(moved)},
    )


def _bets(values: Floats, days: Sequence[Day], first: int) -> Floats:
    """By what the capital is multiplied on each day since, of shape (days, 2, names): up, down."""
    weekday = np.array([day.date.weekday() for day in days])
    weight = 1 / (1 / np.array([day.mails for day in days]) + 1 / _ALIKE)
    factors = []
    for end in range(first + 1, len(days) + 1):
        deviation = _deviation(values[:end], weekday[:end], weight[:end])
        extreme = [
            (deviation >= deviation[-1] - _TOLERANCE).mean(axis=0),
            (deviation <= deviation[-1] + _TOLERANCE).mean(axis=0),
        ]
        # Fair odds that favour days about one standard deviation off.
        factors.append(np.exp(-ndtri(extreme) - 0.5))
    return np.array(factors).reshape(-1, 2, values.shape[1])


def _deviation(values: Floats, weekday: NDArray[np.intp], weight: Floats) -> Floats:
    """How far each day is from the others of its weekday, in units alike for large and small days.

    Each day is judged by the others alone, the newest like the oldest, or their ranks would mean
    nothing. The mean of all days helps out, as if it were one more of that weekday.
    """
    weighted = values * weight[:, np.newaxis]
    same = np.eye(7)[weekday]
    total = (same.T @ weighted)[weekday] - weighted
    total_weight = (same.T @ weight)[weekday] - weight
    overall = (weighted.sum(axis=0) - weighted) / (weight.sum() - weight)[:, np.newaxis]
    usual = (total + weight.mean() * overall) / (total_weight + weight.mean())[:, np.newaxis]
    deviation: Floats = (values - usual) * np.sqrt(weight)[:, np.newaxis]
    return deviation


def _capital(bets: Floats) -> Floats:
    """What is there after each day, of the bets' shape."""
    capital = np.zeros_like(bets)
    there = np.zeros(bets.shape[1:])
    for day, factor in enumerate(bets):
        capital[day] = there = (there + 1 / PERIOD) * factor
    return capital


def _start(bets: Floats) -> int:
    """The day from which on the bets, of shape (days,), won most."""
    with np.errstate(divide="ignore"):
        won = np.cumsum(np.log(bets[::-1]))[::-1]
    return int(np.argmax(won))

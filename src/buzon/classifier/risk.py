"""The promise: of the mails handled without a person, at most so many are in the wrong category.

A mail is handled without a person where the model is at least as sure as a threshold. Taking the
lowest threshold at which few enough of the audited mails were wrong breaks the promise about half
the time: among many thresholds, the one that looks good was often just lucky. Here instead the
thresholds are tried in one order, from careful to bold, each with the exact binomial bound, and
the first that fails ends it. In this order no price is to be paid for trying many: to break the
promise, the very first threshold that is too low must pass, which happens in at most one case of
twenty (fixed-sequence testing: Bauer, Statistics in Medicine 10, 1991; Learn then Test:
Angelopoulos et al., 2021).

**Where it begins.** The most careful thresholds have few audited mails. Were they tried first, they
would fail for lack of mails, whatever the rest looks like. So the sequence begins at the most
careful threshold with enough of them: as many as certify the risk without an error, and a fifth of
all, for beginning with many makes a single error less fatal. This looks at how sure the model was,
never at whether it was right, and so the bound stays exact. Call the highest threshold that is too
low T. Whether the sequence begins at T or above depends on nothing but how many mails are at least
as sure as T, and given their number, each is wrong with the same chance: T passes in one case of
twenty. Where the sequence begins below T, the mails it begins with are the same and less sure ones,
of which no fewer are wrong. (That less sure mails aren't right more often is all that is assumed.)

**What it needs.** Mails drawn at random, each with the same probability, from all that came in
(`audit` says how). Where only mails above some threshold were drawn, nothing is known of those
beneath it, and none lower is tried than the least sure audited mail allows.

**What it doesn't say.** Each certificate holds in 95 of 100 cases. Who asks again and again, and
always uses the newest, asks more often than once: simulated with 10 more audited mails a day for
a year, a threshold that breaks the promise was at work on 2% of the days, but at some time of the
year in 26 to 29 of 100 cases; asked once a week, in 12 to 14.
"""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from buzon.classifier import binomial
from buzon.classifier.binomial import LEVEL, Floats
from buzon.classifier.measure import Flags

GRID: Floats = np.arange(99, 29, -1) / 100
_BEGIN_WITH = 1 / 5
_MANY = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Certificate:
    """The lowest threshold that keeps the promise, or None where none is certified yet.

    `n` audited mails were at least that sure, `wrong` of them wrong, so that with the certainty
    asked for at most the share `bound` of all such mails is. Without a threshold, these are the
    figures of the first one tried, and `missing` is how many more audited mails it needs, if no
    further one is wrong.
    """

    threshold: float | None
    n: int
    wrong: int
    bound: float
    missing: int


def certify(
    confidence: Floats,
    wrong: Flags,
    risk: float,
    *,
    level: float = LEVEL,
    thresholds: Floats = GRID,
) -> Certificate:
    """The lowest threshold at which, with certainty `level`, at most `risk` are wrong.

    `confidence` and `wrong` of shape (n,): how sure the model was of each audited mail, and whether
    its category was wrong. `thresholds` are fixed beforehand.
    """
    tried = _sequence(confidence, thresholds, needed(0, risk, level=level))
    sure = confidence >= tried[:, np.newaxis]
    n, errors = sure.sum(axis=1), (sure & wrong).sum(axis=1)
    bounds = binomial.upper(errors, n, level=level)
    passed = int(np.logical_and.accumulate(bounds <= risk).sum())
    at = max(passed - 1, 0)
    figures = int(n[at]), int(errors[at]), float(bounds[at])
    if passed:
        return Certificate(float(tried[at]), *figures, missing=0)
    return Certificate(None, *figures, missing=needed(errors[0], risk, level=level) - int(n[0]))


def needed(wrong: int, risk: float, *, level: float = LEVEL) -> int:
    """How many audited mails certify a risk when so many of them are wrong: 59 for none and 5%."""

    def certifies(n: int) -> bool:
        return bool(binomial.upper(wrong, n, level=level) <= risk)

    return bisect_left(range(_MANY), True, lo=wrong, key=certifies)


def _sequence(confidence: Floats, thresholds: Floats, fewest: int) -> Floats:
    """The thresholds to try, in their order, from how sure the model was alone.

    Where too few mails were audited for any, only the lowest: it has the most.
    """
    descending = np.sort(thresholds)[::-1]
    if len(confidence):
        descending = descending[: np.count_nonzero(descending > confidence.min()) + 1]
    n = (confidence >= descending[:, np.newaxis]).sum(axis=1)
    enough = n >= max(fewest, _BEGIN_WITH * n[-1])
    return descending[np.argmax(enough) :] if enough.any() else descending[-1:]

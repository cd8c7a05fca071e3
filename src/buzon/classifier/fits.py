"""The fits of a training: of the model itself, and of those that it is measured with. They learn
together, half of them on each of two cores."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise

import numpy as np
from scipy.sparse import csr_matrix

from buzon.classifier.calibrate import Decisions, Fold
from buzon.classifier.cores import on_two_cores
from buzon.classifier.machine import ENOUGH, Heed, machines, packed
from buzon.classifier.measure import Indices
from buzon.classifier.sparse import Floats

Batch = tuple[Sequence[int], float]  # the numbers of fits that learn together, and how far

_AT_ONCE = 32  # machines: the weights of more leave the processor's cache too soon


@dataclass(frozen=True, slots=True, eq=False)
class Tries:
    """Models to be tried beside the one that is wanted, and how far they learn: `enough` as in
    `machines`."""

    folds: Sequence[Fold]
    enough: float = ENOUGH


def fitted(
    features: csr_matrix,
    truth: Indices,
    heed: Heed,
    folds: Sequence[Fold],
    tried: Sequence[Tries] = (),
    *,
    seed: int,
    enough: float = ENOUGH,
) -> tuple[Floats, list[list[Decisions]]]:
    """The weights (width, k) of a model that learnt all texts; and what models decide of texts that
    they haven't learnt from: one for each of the `folds`, then those of each that is only `tried`.
    `truth`, `heed` and `enough`: as in `machines`. The features are renumbered."""
    place = packed(features)
    everything = np.arange(len(truth)), np.arange(0)
    apart = [Tries([everything, *folds], enough), *tried]
    fits = [fold for some in apart for fold in some.folds]

    def learnt(batch: Batch) -> list[Floats]:
        numbers, far = batch
        seen = [fits[at][0] for at in numbers]
        found = machines(features, truth, heed, seen, seed=seed, enough=far)
        unseen = enumerate(fits[at][1] for at in numbers)
        return [found.decided(n, texts) if len(texts) else found.weights(n) for n, texts in unseen]

    batches = _by_themselves(apart, int(truth.max()) + 1)
    batches.sort(key=lambda batch: sum(len(fits[at][0]) for at in batch[0]), reverse=True)
    learnt_all = chain(*on_two_cores(learnt, batches))
    found = dict(zip(chain(*(numbers for numbers, _ in batches)), learnt_all, strict=True))
    (weights, *crosswise), *beside = ([found[at] for at in each] for each in _numbered(apart))
    return weights[place], [crosswise, *beside]


def _by_themselves(tried: Sequence[Tries], k: int) -> list[Batch]:
    """Batches of each alone: a model mustn't hang on what is tried beside it."""
    both = zip(tried, _numbered(tried), strict=True)
    return [(batch, some.enough) for some, numbers in both for batch in _batches(numbers, k)]


def _numbered(tried: Sequence[Tries]) -> list[range]:
    """The numbers of the fits of each."""
    borders = accumulate((len(some.folds) for some in tried), initial=0)
    return [range(start, end) for start, end in pairwise(borders)]


def _batches(fits: Sequence[int], k: int) -> list[Sequence[int]]:
    """Those that learn together, as many batches for one core as for the other."""
    most = max(_AT_ONCE // k, 1)
    count = min(2 * -(-len(fits) // (2 * most)), len(fits))
    borders = [-(-len(fits) * number // count) for number in range(count + 1)] if count else []
    return [fits[start:end] for start, end in pairwise(borders)]

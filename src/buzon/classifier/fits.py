"""The fits of a training: of the model itself, and of those that it is measured with. They learn
together, half of them on each of two cores."""

from collections.abc import Sequence
from itertools import chain, pairwise

import numpy as np
from scipy.sparse import csr_matrix

from buzon.classifier.calibrate import Decisions, Fold
from buzon.classifier.cores import on_two_cores
from buzon.classifier.machine import Heed, machines, packed
from buzon.classifier.measure import Indices
from buzon.classifier.sparse import Floats

_AT_ONCE = 32  # machines: the weights of more leave the processor's cache too soon


def fitted(
    features: csr_matrix,
    truth: Indices,
    heed: Heed,
    folds: Sequence[Fold],
    tried: Sequence[Fold] = (),
    *,
    seed: int,
) -> tuple[Floats, list[Decisions]]:
    """The weights (width, k) of a model that learnt all texts; and of each of the `folds`, and then
    of those that are only `tried`, what a model that learnt from its first ones decides of its
    others. `truth` and `heed`: as in `machines`. The features are renumbered."""
    place = packed(features)
    everything = np.arange(len(truth)), np.arange(0)
    fits = [everything, *folds, *tried]

    def learnt(batch: Sequence[int]) -> list[Floats]:
        found = machines(features, truth, heed, [fits[at][0] for at in batch], seed=seed)
        unseen = enumerate(fits[at][1] for at in batch)
        return [found.decided(n, texts) if len(texts) else found.weights(n) for n, texts in unseen]

    # Those that are tried learn by themselves, so that the model doesn't hang on what they are; and
    # beside one of about as many texts, for a batch visits the texts of all its fits.
    size, k = [len(seen) for seen, _ in fits], int(truth.max()) + 1
    numbers, rest = range(1 + len(folds)), range(1 + len(folds), len(fits))
    batches = [*_batches(numbers, k), *_batches(sorted(rest, key=size.__getitem__), k)]
    batches.sort(key=lambda batch: sum(size[at] for at in batch), reverse=True)
    learnt_all = chain(*on_two_cores(learnt, batches))
    found = dict(zip(chain(*batches), learnt_all, strict=True))
    return found[0][place], [found[at] for at in range(1, len(fits))]


def _batches(fits: Sequence[int], k: int) -> list[Sequence[int]]:
    """Those that learn together, as many batches for one core as for the other."""
    most = max(_AT_ONCE // k, 1)
    count = min(2 * -(-len(fits) // (2 * most)), len(fits))
    borders = [-(-len(fits) * number // count) for number in range(count + 1)] if count else []
    return [fits[start:end] for start, end in pairwise(borders)]

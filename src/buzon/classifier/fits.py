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

_FEW = 64
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

    def learnt(batch: Sequence[Fold]) -> list[Floats]:
        weights = machines(features, truth, heed, [seen for seen, _ in batch], seed=seed)
        both = zip(batch, weights, strict=True)
        return [
            _decided(features, unseen, each) if len(unseen) else each for (_, unseen), each in both
        ]

    everything = np.arange(len(truth)), np.arange(0)
    # Those that are tried learn by themselves, so that the model doesn't hang on what they are.
    k = int(truth.max()) + 1
    # Those that learn from about as many texts learn together: a batch visits the texts of each.
    by_size = sorted(range(len(tried)), key=lambda at: len(tried[at][0]), reverse=True)
    batches = [
        *_batches([everything, *folds], k),
        *_batches([tried[at] for at in by_size], k),
    ]
    weights, *decisions = chain(*on_two_cores(learnt, batches))
    of_tried = dict(zip(by_size, decisions[len(folds) :], strict=True))
    return weights[place], [*decisions[: len(folds)], *(of_tried[at] for at in range(len(tried)))]


def _decided(features: csr_matrix, texts: Indices, weights: Floats) -> Decisions:
    """A few texts at a time: to copy all of them takes as long as the product."""
    some = range(0, len(texts), _FEW)
    return np.concatenate([features[texts[start : start + _FEW]] @ weights for start in some])


def _batches(folds: Sequence[Fold], k: int) -> list[Sequence[Fold]]:
    """Those that learn together, as many batches for one core as for the other."""
    most = max(_AT_ONCE // k, 1)
    count = min(2 * -(-len(folds) // (2 * most)), len(folds))
    borders = [-(-len(folds) * number // count) for number in range(count + 1)] if count else []
    return [folds[start:end] for start, end in pairwise(borders)]

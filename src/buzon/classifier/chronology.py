"""Labelled mails in the order of their labels, as far as that order means anything.

A model is best judged on what came after all that it had learnt. But mails of one day, or of a file
without times, may stand in any order, sorted by category at worst: the last of them are then of
categories that the first ones don't have.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from buzon.classifier.corpus import Sample
from buzon.classifier.measure import Indices

Days = Mapping[str, date]  # on which a mail was labelled, by its key, where that is known

_SEED = 20_240_229


def oldest_first(samples: Sequence[Sample], days: Days) -> Indices:
    """The numbers of the samples, of shape (n,), the oldest label first; those of an unknown day
    come before all.

    Those of one day are dealt out: any stretch of them has of each category its share, by a seeded
    lot, in whatever order they came.
    """
    day = np.array([_ordinal(sample, days) for sample in samples], dtype=np.intp)
    label = np.unique([sample.label for sample in samples], return_inverse=True)[1]
    alike = np.unique(np.stack([day, label]), axis=1, return_inverse=True)[1].ravel()
    lot = np.random.default_rng(_SEED).permutation(len(samples))
    return np.lexsort((lot, _spread(alike, lot), day))


def in_time(samples: Sequence[Sample], days: Days) -> bool:
    """Whether some of the samples are known to be newer than others."""
    return len({_ordinal(sample, days) for sample in samples}) > 1


def _ordinal(sample: Sample, days: Days) -> int:
    day = days.get(sample.key)
    return day.toordinal() if day else 0


def _spread(alike: Indices, lot: Indices) -> NDArray[np.float64]:
    """Places between 0 and 1 for those of each group, at equal distances, in the order of lots."""
    order, sizes = np.lexsort((lot, alike)), np.bincount(alike)
    rank = np.empty(len(alike))
    rank[order] = np.arange(len(alike)) - (np.cumsum(sizes) - sizes)[alike[order]]
    return (rank + 0.5) / sizes[alike]

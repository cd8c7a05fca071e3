"""How much a count proves about a share: exact bounds (Clopper and Pearson, Biometrika 26, 1934).

58 of 60 mails were right: by chance alone that happens to a model that is 89% right, and to one
that is 99.6% right, but hardly to any beyond. Those two are the bounds. They hold for every n, also
where nothing or everything was right, and rather say too much doubt than too little.

All functions take numbers or arrays of one shape. Counts need not be whole: an effective sample
size (see estimate) is none.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

Floats = NDArray[np.float64]

LEVEL = 0.95


def interval(hits: ArrayLike, n: ArrayLike, *, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Between which shares the true one lies, with the given certainty; 0 to 1 where n is 0."""
    one_side = (1 + level) / 2
    return lower(hits, n, level=one_side), upper(hits, n, level=one_side)


def lower(hits: ArrayLike, n: ArrayLike, *, level: float = LEVEL) -> Floats:
    """The share that the true one exceeds with the given certainty."""
    misses: Floats = np.subtract(n, hits, dtype=np.float64)
    return 1 - upper(misses, n, level=level)


def upper(hits: ArrayLike, n: ArrayLike, *, level: float = LEVEL) -> Floats:
    """The share that the true one stays below with the given certainty."""
    hits = np.asarray(hits, dtype=np.float64)
    misses = n - hits
    bound = betaincinv(hits + 1, np.where(misses > 0, misses, 1), level)
    return np.asarray(np.where(misses > 0, bound, 1.0), dtype=np.float64)

"""Sparse matrices made of parts that are known to fit."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix


def rows(
    data: NDArray[np.float32], columns: NDArray[Any], borders: NDArray[Any], width: int
) -> csr_matrix:
    """The CSR matrix of these parts, of shape (len(borders) - 1, width).

    SciPy's own constructor looks through all of them, which takes longer than a single mail's
    whole arithmetic.
    """
    matrix = csr_matrix((len(borders) - 1, width), dtype=np.float32)
    matrix.data = data
    matrix.indices = columns.astype(np.int32, copy=False)
    matrix.indptr = borders.astype(np.int32, copy=False)
    return matrix

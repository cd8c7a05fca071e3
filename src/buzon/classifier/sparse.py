"""Sparse rows without ceremony.

SciPy's matrices check what they are made of, which for a single mail takes several times as long
as the arithmetic.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Rows:
    """The three parts of a CSR matrix: float32 and int32 of shape (entries,), int32 (rows + 1,)."""

    data: Floats
    indices: NDArray[np.int32]
    indptr: NDArray[np.int32]

    def __init__(self, data: Floats, indices: NDArray[Any], indptr: NDArray[Any]) -> None:
        self.data = data
        self.indices = indices.astype(np.int32, copy=False)
        self.indptr = indptr.astype(np.int32, copy=False)

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def row(self) -> NDArray[np.intp]:
        """The row of each entry."""
        return self.spread(np.arange(len(self)))

    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        """One value a row, for each of its entries."""
        return np.repeat(values, self.indptr[1:] - self.indptr[:-1])

    def matrix(self, width: int) -> csr_matrix:
        return csr_matrix((self.data, self.indices, self.indptr), shape=(len(self), width))

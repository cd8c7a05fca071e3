"""Linear machines that learn together, in WebAssembly (wasm/descent.c)."""

import ctypes
import mmap

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import _sparsetools, csr_matrix

from buzon.classifier.measure import Indices
from buzon.classifier.sparse import Floats
from buzon.webassembly import Running

_AT_ONCE = 64  # texts that are copied into its memory together
_FOUR, _BYTES = 4, 16  # machines that a vector holds, and how long it is
# The arrays in the order in which the two functions take them.
_VISITED = "number", "border", "column", "value", "slack", "side", "share", "weights"
_ASKED = "border", "column", "value", "weights", "said"


class Descent:
    """A memory with the weights of some machines, zero at first.

    `sides` (n, machines) is what each machine is to say of each text of `features` (n, width), 1 or
    -1, or 0 where it doesn't learn from it. `slack` (n,): by how much the slope of the dual problem
    grows with a text's share, beside what the text's length makes it grow.
    """

    def __init__(self, features: csr_matrix, sides: Floats, slack: Floats) -> None:
        self._running = Running("buzon.classifier", "descent")
        self._features, self._lengths = features, np.diff(features.indptr)
        (n, self._machines), width = sides.shape, features.shape[1]
        self._vectors = -(-self._machines // _FOUR)
        lanes, room = self._vectors * _FOUR, _AT_ONCE * int(self._lengths.max(initial=0))
        self._starts, self._arrays = self._running.lay_out({
            "number": ("i4", _AT_ONCE), "border": ("i4", _AT_ONCE + 1),
            "column": ("i4", room), "value": ("f4", room), "slack": ("f4", n),
            "side": ("f4", n, lanes), "share": ("f4", n, lanes), "weights": ("f4", width, lanes),
            "said": ("f4", _AT_ONCE, lanes),
        })  # fmt: skip
        _in_large_pages(self._running.memory)
        self._arrays["slack"][:] = slack
        self._arrays["side"][:, : self._machines] = sides

    def round(self, texts: Indices) -> float:
        """Gives each of these texts in turn its best shares, and moves the weights along. Returns
        by how much that raises the value of the dual problem."""
        starts = range(0, len(texts), _AT_ONCE)
        return sum(self._visit(texts[start : start + _AT_ONCE]) for start in starts)

    @property
    def weights(self) -> Floats:
        """Of shape (width, machines). They end with this object."""
        return self._arrays["weights"][:, : self._machines]

    def decided(self, texts: Indices, start: int, end: int) -> Floats:
        """The decision values of the machines from `start` up to `end` for these texts, of shape
        (texts, end - start)."""
        found = np.empty((len(texts), end - start), dtype=np.float32)
        for at in range(0, len(texts), _AT_ONCE):
            some = texts[at : at + _AT_ONCE]
            found[at : at + _AT_ONCE] = self._asked(some, start, end)
        return found

    def _visit(self, texts: Indices) -> float:
        """What a visit of so few texts wins."""
        self._put(texts)
        starts = [self._starts[name] for name in _VISITED]
        return float(self._running.call("visit_texts", len(texts), self._vectors, *starts))

    def _asked(self, texts: Indices, start: int, end: int) -> Floats:
        """Decision values of so few texts, by whole vectors, of which some other machines' are."""
        self._put(texts)
        first, vectors = start // _FOUR, -(-end // _FOUR) - start // _FOUR
        border, column, value, weights, said = (self._starts[name] for name in _ASKED)
        self._running.call(
            "ask_about", len(texts), vectors, self._vectors, border, column, value,
            weights + first * _BYTES, said,
        )  # fmt: skip
        lanes = self._arrays["said"].ravel()[: len(texts) * vectors * _FOUR]
        return lanes.reshape(len(texts), -1)[:, start - first * _FOUR :][:, : end - start]

    def _put(self, texts: Indices) -> None:
        """The entries of so few texts into its memory."""
        count, features, arrays = len(texts), self._features, self._arrays
        number = arrays["number"][:count]
        number[:] = texts
        np.cumsum(self._lengths[number], out=arrays["border"][1 : count + 1])
        _sparsetools.csr_row_index(
            count, number, features.indptr, features.indices, features.data,
            arrays["column"], arrays["value"],
        )  # fmt: skip


def _in_large_pages(memory: NDArray[np.uint8]) -> None:
    """Asks Linux for pages of two megabytes: each entry of a text leads to another place, and to
    find the page of a place takes as long as the arithmetic. What it answers makes no difference.

    madvise(2)
    """
    if hasattr(mmap, "MADV_HUGEPAGE"):
        start, size = ctypes.c_void_p(memory.ctypes.data), ctypes.c_size_t(memory.size)
        ctypes.CDLL(None).madvise(start, size, mmap.MADV_HUGEPAGE)

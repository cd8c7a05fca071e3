"""The kernel, which reads texts: its memory, and what it does there."""

from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from buzon.webassembly import Running

# In the order of `struct kernel` in kernel.h.
_ARRAYS = {
    name: (number, np.dtype(kind))
    for number, (name, kind) in enumerate({
        "folded": "u2", "kinds": "u1", "names": "u8", "stems": "?",
        "points": "u4", "lengths": "u4", "parts": "u4", "shape": "u4",
        "weighings": "f8", "known": "u8", "kept": "u8", "before": "u4", "rows": "f4",
        "code": "u2", "place": "i4", "line_end": "?",
        "word_start": "i4", "word_end": "i4", "word_hash": "u8",
        "word_meaning": "u8", "word_edge": "u1", "word_border": "i4",
        "run_start": "i4", "run_end": "i4", "run_spelling": "i4",
        "spelling_hash": "u8", "spelling_border": "i4",
        "column": "i4", "often": "f4", "border": "i4",
        "first": "i4", "second": "i4", "scores": "f4", "unknown": "i4",
    }.items())
}  # fmt: skip
_OF_A_MODEL = "kept", "before", "rows"


class Kernel:
    """An instance with a memory of its own, for one thread at a time. `model` tells of which model
    it has the weights."""

    model: tuple[ref[Any], ...] = ()

    def __init__(self) -> None:
        self._running = Running("buzon.classifier", "kernel")
        self._look()
        self._given = self._header.tolist()  # where its arrays are, and how much room they have

    @property
    def size(self) -> int:
        """Bytes of its memory, the model's left out."""
        return len(self._bytes) - sum(self.see(name).nbytes for name in _OF_A_MODEL)

    def give(self, name: str, values: NDArray[Any]) -> None:
        """Puts values into an array. Raises ValueError where there is no room for so many."""
        number, kind = _ARRAYS[name]
        start, room = self._given[number]
        if len(values) > room:
            raise ValueError(f"{name} has {len(values)} values; there is room for {room}.")
        np.frombuffer(self._bytes, kind, len(values), start)[:] = values
        self._header[number, 1] = len(values)

    def call(self, name: str) -> None:
        """Calls what the kernel exports; what goes wrong in there is a wasmtime.Trap."""
        self._running.call(name)
        if self._running.size != len(self._bytes):
            self._look()

    def take(self, name: str) -> NDArray[Any]:
        """A copy of an array."""
        return self.see(name).copy()

    def see(self, name: str) -> NDArray[Any]:
        """An array itself, which may be written to; until the next call."""
        number, kind = _ARRAYS[name]
        start, count = self._header[number].tolist()
        return np.frombuffer(self._bytes, kind, count, start)

    def _look(self) -> None:
        """Looks where its memory is, which may move when it grows."""
        self._bytes = self._running.memory
        header = self._running.address("kernel")
        self._header = np.frombuffer(self._bytes, "u4", 2 * len(_ARRAYS), header).reshape(-1, 2)

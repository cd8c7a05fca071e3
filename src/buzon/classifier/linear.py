"""A linear model in the kernel: the features of texts and their product with the weights in one.

The kernel has a copy of the weights, each column's beside its inverse document frequency, so that
what a column says is found by one look into the memory.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from weakref import ref

import numpy as np

from buzon.classifier import codes
from buzon.classifier.features import Columns
from buzon.classifier.kernel import Kernel
from buzon.classifier.reading import Kind, Places, give, lent
from buzon.classifier.sparse import Floats
from buzon.classifier.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Projection:
    """The features of some texts times a model's weights, of shape (texts, k), and, of shape
    (texts,), how many words they have and how many of these no training text had."""

    scores: Floats
    words: Places
    unknown_words: Places


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """`kinds` are those of words, then that of characters, and `weighings` the length and the
    credible length of each. `columns` and `idf` are those of words and those of characters;
    `weights`, of shape (width, k), has the same beside each other. Nothing of it changes."""

    kinds: tuple[Kind, ...]
    weighings: Sequence[tuple[float, float]]
    columns: Sequence[Columns]
    idf: Sequence[Floats]
    vocabulary: Vocabulary
    weights: Floats

    def project(self, texts: Iterable[str]) -> Iterator[Projection]:
        """A chunk of texts at a time."""
        with lent(self._is_in) as kernel:
            if not self._is_in(kernel):
                self._put_into(kernel)
            kernel.give("weighings", np.array(self.weighings).ravel())
            for chunk in codes.chunks(texts):
                give(kernel, chunk, *self.kinds)
                kernel.call("project")
                border = kernel.take("word_border")
                yield Projection(
                    kernel.take("scores").reshape(len(chunk), -1),
                    border[1:] - border[:-1],
                    kernel.take("unknown"),
                )

    def _is_in(self, kernel: Kernel) -> bool:
        parts = zip(kernel.model, self._identity, strict=False)
        return bool(kernel.model) and all(there() is here for there, here in parts)

    @property
    def _identity(self) -> tuple[object, ...]:
        """A kernel that was given these very objects has the model; each has its own figures."""
        return self.weights, *self.idf

    def _put_into(self, kernel: Kernel) -> None:
        kept = np.concatenate([part.place for part in self.columns]) >= 0
        blocks = np.packbits(kept, bitorder="little")
        blocks = np.pad(blocks, (0, -len(blocks) % 8)).view(np.uint64)
        counts = np.bitwise_count(blocks)
        width, k = self.weights.shape
        kernel.model = ()
        kernel.give("shape", np.array([len(kept), width, 1 + k], dtype=np.uint32))
        kernel.call("make_room")
        kernel.see("kept")[:] = blocks
        kernel.see("before")[:] = np.cumsum(counts) - counts
        rows = kernel.see("rows").reshape(width, 1 + k)
        np.concatenate(self.idf, out=rows[:, 0])
        rows[:, 1:] = self.weights
        kernel.give("known", self.vocabulary.bits)
        kernel.model = tuple(map(ref, self._identity))

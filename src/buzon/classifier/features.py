"""Hashed n-grams of words and of characters: our own vectoriser, over the kernel.

scikit-learn's analysers walk through each text in Python, which takes more than ten times as long.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from buzon.classifier.estimator import Transformer
from buzon.classifier.reading import Analyzer, Kind, readings
from buzon.classifier.sparse import Rows

# Changes with every change of the features' meaning, and of what a model is made of: one made by
# another version is retrained.
CODE_VERSION = 10

_MAX_BITS = 20
_MOST_REACH = 64


class HashedNgrams(Transformer):
    """Turns texts into counts of their hashed n-grams: CSR float32 of shape (texts, 2**bits).

    `words`: single words, and pairs of words at most `reach` apart (skip-bigrams; 1 gives plain
    bigrams). `concepts`: the same of what the words mean. `edge words` and `edge concepts`: of
    those in the first and in the last sentences, told apart. `chars`: 2 to `reach` characters in
    a row, within words and with the space beside them, in how many words of other spelling they
    occur. Stateless; the same text gives the same
    row on any machine, in any batch.
    """

    def __init__(self, analyzer: Analyzer = "words", reach: int = 3, bits: int = 18) -> None:
        self.analyzer = analyzer
        self.reach = reach
        self.bits = bits

    def fit(self, texts: Any, y: Any = None) -> Self:
        return self

    def transform(self, texts: Iterable[str]) -> csr_matrix:
        """Counts of each text's n-grams. Raises ValueError where a parameter makes no sense."""
        width = 1 << self.bits
        kind = self.kind
        counts = [each.counted(kind).matrix(width) for each in readings(texts, kind)]
        return vstack([csr_matrix((0, width), dtype=np.float32), *counts], format="csr")

    @property
    def kind(self) -> Kind:
        """What a reading is asked for. Raises ValueError where a parameter makes no sense."""
        self.check()
        return self.analyzer, self.reach, self.bits

    def check(self) -> None:
        if self.analyzer not in get_args(Analyzer):
            known = ", ".join(map(repr, get_args(Analyzer)))
            raise ValueError(f"analyzer is {self.analyzer!r}; it can be {known}.")
        if not 1 <= self.bits <= _MAX_BITS:
            raise ValueError(f"bits is {self.bits}; it can be 1 to {_MAX_BITS}.")
        least = 2 if self.analyzer == "chars" else 1
        if not least <= self.reach <= _MOST_REACH:
            known = f"for {self.analyzer} it can be {least} to {_MOST_REACH}"
            raise ValueError(f"reach is {self.reach}; {known}.")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


@dataclass(frozen=True, slots=True)
class Columns:
    """Which hashed columns are kept, those of several analyzers beside each other: `place`, int32
    of shape (width,), is the kept column that each becomes, -1 where it is none. `borders`, of
    shape (analyzers + 1,), tells where the kept ones of each begin, and how many there are."""

    place: NDArray[np.int32]
    borders: NDArray[np.intp]

    @classmethod
    def kept(cls, chosen: NDArray[np.bool_], parts: Sequence[HashedNgrams]) -> Self:
        so_far = np.concatenate([[0], np.cumsum(chosen)])
        return cls(_numbered(chosen), so_far[np.cumsum([0, *(1 << part.bits for part in parts)])])

    def __reduce__(self) -> tuple[Any, ...]:
        """One bit a column: every model that was ever trained is kept."""
        return _of_bits, (np.packbits(self.place >= 0), len(self.place), self.borders)

    def __len__(self) -> int:
        return int(self.borders[-1])

    def __getitem__(self, counts: Rows) -> Rows:
        """Counts in all columns, in the kept ones."""
        # To take by numbers that needn't be checked is three times as fast as by flags.
        columns = self.place.take(counts.indices, mode="clip")
        kept = np.flatnonzero(columns >= 0)
        return Rows(
            counts.data.take(kept, mode="clip"),
            columns.take(kept, mode="clip"),
            np.searchsorted(kept, counts.indptr),
        )


def _of_bits(bits: NDArray[np.uint8], width: int, borders: NDArray[np.intp]) -> Columns:
    return Columns(_numbered(np.unpackbits(bits, count=width).astype(bool)), borders)


def _numbered(chosen: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The chosen columns one after the other, and -1 for all others."""
    return np.where(chosen, np.cumsum(chosen) - 1, -1).astype(np.int32)

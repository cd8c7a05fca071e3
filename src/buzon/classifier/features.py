"""Hashed n-grams of words and of characters: our own vectoriser, in NumPy alone.

scikit-learn's analysers walk through each text in Python. Here a batch is one array (see codes
and ngrams). Equal n-grams are counted by sorting 32-bit keys of text and hash, which
NumPy does with the processor's vector instructions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.base import BaseEstimator, TransformerMixin

from buzon.classifier.codes import CHUNK_TEXTS, chunks
from buzon.classifier.ngrams import Analyzer, Reading
from buzon.classifier.sparse import Rows
from buzon.classifier.spelling import Spellings
from buzon.classifier.words import Hashes

# Changes with every change of the features' meaning: a model made by another version is retrained.
CODE_VERSION = 5

_MAX_BITS = 32 - (CHUNK_TEXTS - 1).bit_length()

_MIX = np.uint64(0xFF51AFD7ED558CCD)  # odd; from MurmurHash3


class HashedNgrams(TransformerMixin, BaseEstimator):  # type: ignore[misc]
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
        counts = [self.count(Reading(codes)) for codes in chunks(texts)]
        if not counts:
            return csr_matrix((0, 1 << self.bits), dtype=np.float32)
        stacked = vstack(counts, format="csr")
        stacked.sort_indices()
        return stacked

    def count(self, reading: Reading) -> csr_matrix:
        """The same for texts that have been read already."""
        self.check()
        if self.analyzer == "chars":
            spellings = reading.spellings
            has = spellings.has.matrix(spellings.codes.count)
            return has @ self.spelt(spellings).matrix(1 << self.bits)
        return count(reading, [self], Columns.all([self])).matrix(1 << self.bits)

    def spelt(self, spellings: Spellings, columns: "Columns | None" = None) -> Rows:
        """Ones where a spelling has an n-gram, of shape (spellings, 2**bits), or in the kept
        columns alone. An n-gram that it has twice stands there twice."""
        hashes, number = spellings.ngrams(self.reach)
        column = self.columns(hashes).astype(np.int32)
        if columns is not None:
            place = columns.place[column]
            kept = place >= 0
            column, number = place[kept], number[kept]
        borders = np.searchsorted(number, np.arange(spellings.codes.count + 1))
        return Rows(np.ones(len(column), dtype=np.float32), column, borders)

    def columns(self, hashes: Hashes) -> Hashes:
        """The best bits of the hashes. Overwrites `hashes`."""
        hashes ^= hashes >> np.uint64(32)
        hashes *= _MIX
        hashes >>= np.uint64(64 - self.bits)
        return hashes

    def check(self) -> None:
        if self.analyzer not in get_args(Analyzer):
            known = ", ".join(map(repr, get_args(Analyzer)))
            raise ValueError(f"analyzer is {self.analyzer!r}; it can be {known}.")
        if not 1 <= self.bits <= _MAX_BITS:
            raise ValueError(f"bits is {self.bits}; it can be 1 to {_MAX_BITS}.")
        least = 2 if self.analyzer == "chars" else 1
        if self.reach < least:
            raise ValueError(f"reach is {self.reach}; for {self.analyzer} it is {least} or more.")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
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
        borders = so_far[np.cumsum([0, *(1 << part.bits for part in parts)])]
        return cls(np.where(chosen, so_far[:-1], -1).astype(np.int32), borders)

    @classmethod
    def all(cls, parts: Sequence[HashedNgrams]) -> Self:
        return cls.kept(np.ones(sum(1 << part.bits for part in parts), dtype=bool), parts)

    def __len__(self) -> int:
        return int(self.borders[-1])

    def __getitem__(self, counts: csr_matrix) -> csr_matrix:
        """Counts in all columns, in the kept ones."""
        columns = self.place[counts.indices]
        kept = columns >= 0
        borders = np.concatenate([[0], np.cumsum(kept)])[counts.indptr]
        return Rows(counts.data[kept], columns[kept], borders).matrix(len(self))


def count(reading: Reading, parts: Sequence[HashedNgrams], columns: Columns) -> Rows:
    """The counts of several analyzers, none of characters, from one sort: a row for each text and
    analyzer, the rows of a text beside each other, and the analyzers' columns beside each other."""
    bits = np.uint32((len(columns.place) - 1).bit_length())
    keys, border = [], 0
    for part in parts:
        hashes, texts = reading.ngrams(part.analyzer, part.reach)
        place = columns.place[border : border + (1 << part.bits)][part.columns(hashes)]
        kept = place >= 0
        keys.append(place[kept].view(np.uint32) | texts[kept] << bits)
        border += 1 << part.bits
    ordered = np.concatenate(keys)
    ordered.sort()
    new = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    first = np.flatnonzero(new)
    distinct = ordered[first]
    often = np.empty(len(first), dtype=np.float32)
    np.subtract(first[1:], first[:-1], out=often[:-1], casting="unsafe")
    often[-1:] = len(ordered) - first[-1:]
    texts = np.arange(reading.codes.count + 1, dtype=np.uint64) << np.uint64(bits)
    starts = (texts[:, np.newaxis] + columns.borders[:-1].astype(np.uint64)).ravel()
    cells = np.searchsorted(distinct, starts[: reading.codes.count * len(parts) + 1])
    distinct &= np.uint32((1 << int(bits)) - 1)
    return Rows(often, distinct.view(np.int32), cells)

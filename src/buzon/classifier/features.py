"""Hashed n-grams of words and of characters: our own vectoriser, in NumPy alone.

scikit-learn's analysers walk through each text in Python. Here a batch is one array (see codes
and ngrams). Equal n-grams are counted by sorting 32-bit keys of text and hash, which
NumPy does with the processor's vector instructions.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Self, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.base import BaseEstimator, TransformerMixin

from buzon.classifier.codes import CHUNK_TEXTS, chunks
from buzon.classifier.ngrams import Analyzer, Reading
from buzon.classifier.words import Hashes, Texts

# Changes with every change of the features' meaning: a model made by another version is retrained.
CODE_VERSION = 3

_MAX_BITS = 32 - (CHUNK_TEXTS - 1).bit_length()

_MIX = np.uint64(0xFF51AFD7ED558CCD)  # odd; from MurmurHash3


class HashedNgrams(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turns texts into counts of their hashed n-grams: CSR float32 of shape (texts, 2**bits).

    `words`: single words, and pairs of words at most `reach` apart (skip-bigrams; 1 gives plain
    bigrams). `concepts`: the same of what the words mean. `edge words` and `edge concepts`: of
    those in the first and in the last sentences, told apart. `chars`: 2 to `reach` characters in
    a row, within words and with the space beside them. Stateless; the same text gives the same
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
        return vstack(counts, format="csr")

    def count(self, reading: Reading) -> csr_matrix:
        """The same for texts that have been read already."""
        self._check()
        keys = np.concatenate(list(self.keys(reading)))
        keys.sort()
        first = np.flatnonzero(np.diff(keys, prepend=~keys[:1]))
        distinct = keys[first]
        borders = np.arange(reading.codes.count + 1, dtype=np.uint64) << np.uint64(self.bits)
        return csr_matrix(
            (
                np.diff(first, append=len(keys)).astype(np.float32),
                (distinct & np.uint32((1 << self.bits) - 1)).astype(np.int32),
                np.searchsorted(distinct, borders).astype(np.int32),
            ),
            shape=(reading.codes.count, 1 << self.bits),
        )

    def keys(self, reading: Reading) -> Iterator[NDArray[np.uint32]]:
        """A key for each n-gram, order by order; in a chunk's first text that is its column."""
        for hashes, texts in reading.ngrams(self.analyzer, self.reach):
            yield self._keys(hashes, texts)

    def _keys(self, hashes: Hashes, texts: Texts) -> NDArray[np.uint32]:
        """Text in the upper bits, the hash's best bits in the lower. Overwrites `hashes`."""
        hashes ^= hashes >> np.uint64(32)
        hashes *= _MIX
        hashes >>= np.uint64(64 - self.bits)
        return hashes.astype(np.uint32) | texts << np.uint32(self.bits)

    def _check(self) -> None:
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

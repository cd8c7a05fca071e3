"""Hashed n-grams of words and of characters: our own vectoriser, in NumPy alone.

scikit-learn's analysers walk through each text in Python. Here a batch is one array (see codes),
an n-gram is a polynomial hash modulo 2^64 (Karp and Rabin, 1987), and each order of n-grams is
one pass over the array. Equal n-grams are counted by sorting 32-bit keys of text and hash, which
NumPy does with the processor's vector instructions.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.base import BaseEstimator, TransformerMixin

from buzon.classifier.codes import CHUNK_CHARS, CHUNK_TEXTS, MONEY, SPACE, Codes, chunks

# Changes with every change of the features' meaning: a model made by another version is retrained.
CODE_VERSION = 1

Hashes = NDArray[np.uint64]
Texts = NDArray[np.uint32]

_MAX_BITS = 32 - (CHUNK_TEXTS - 1).bit_length()
_WORDS_BY_THEMSELVES = np.array([ord("?"), ord("!"), MONEY], dtype=np.uint64)

# Odd, so that they can be inverted modulo 2^64. From xxHash, SplitMix64 and MurmurHash3.
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_FIRST = np.uint64(0xC2B2AE3D27D4EB4F)
_SECOND = np.uint64(0x165667B19E3779F9)
_MIX = np.uint64(0xFF51AFD7ED558CCD)


class HashedNgrams(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turns texts into counts of their hashed n-grams: CSR float32 of shape (texts, 2**bits).

    `words`: single words, and pairs of words at most `reach` apart (skip-bigrams; 1 gives plain
    bigrams). `chars`: 2 to `reach` characters in a row, within words and with the space beside
    them. Stateless; the same text gives the same row on any machine, in any batch.
    """

    def __init__(
        self, analyzer: Literal["words", "chars"] = "words", reach: int = 3, bits: int = 18
    ) -> None:
        self.analyzer = analyzer
        self.reach = reach
        self.bits = bits

    def fit(self, texts: Any, y: Any = None) -> Self:
        return self

    def transform(self, texts: Iterable[str]) -> csr_matrix:
        """Counts of each text's n-grams. Raises ValueError where a parameter makes no sense."""
        counts = [self.count(codes) for codes in chunks(texts)]
        if not counts:
            return csr_matrix((0, 1 << self.bits), dtype=np.float32)
        return vstack(counts, format="csr")

    def count(self, codes: Codes) -> csr_matrix:
        """The same for texts that are codes already."""
        self._check()
        ngrams = word_ngrams if self.analyzer == "words" else char_ngrams
        keys = np.concatenate([self._keys(*order) for order in ngrams(codes, self.reach)])
        keys.sort()
        first = np.flatnonzero(np.diff(keys, prepend=~keys[:1]))
        distinct = keys[first]
        borders = np.arange(codes.count + 1, dtype=np.uint64) << np.uint64(self.bits)
        return csr_matrix(
            (
                np.diff(first, append=len(keys)).astype(np.float32),
                (distinct & np.uint32((1 << self.bits) - 1)).astype(np.int32),
                np.searchsorted(distinct, borders).astype(np.int32),
            ),
            shape=(codes.count, 1 << self.bits),
        )

    def _keys(self, hashes: Hashes, texts: Texts) -> NDArray[np.uint32]:
        """Text in the upper bits, the hash's best bits in the lower. Overwrites `hashes`."""
        hashes ^= hashes >> np.uint64(32)
        hashes *= _MIX
        hashes >>= np.uint64(64 - self.bits)
        return hashes.astype(np.uint32) | texts << np.uint32(self.bits)

    def _check(self) -> None:
        if self.analyzer not in ("words", "chars"):
            raise ValueError(f"analyzer is {self.analyzer!r}; it can be 'words' or 'chars'.")
        if not 1 <= self.bits <= _MAX_BITS:
            raise ValueError(f"bits is {self.bits}; it can be 1 to {_MAX_BITS}.")
        least = 1 if self.analyzer == "words" else 2
        if self.reach < least:
            raise ValueError(f"reach is {self.reach}; for {self.analyzer} it is {least} or more.")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


def word_ngrams(codes: Codes, reach: int) -> Iterator[tuple[Hashes, Texts]]:
    """Single words, then pairs by their distance: hashes, and the texts they stand in."""
    words, texts = _word_hashes(codes)
    yield words * _FIRST, texts
    for distance in range(1, reach + 1):
        pairs = words[:-distance] * _FIRST + words[distance:] * _SECOND
        same_text = texts[distance:] == texts[:-distance]
        yield pairs[same_text], texts[distance:][same_text]


def _word_hashes(codes: Codes) -> tuple[Hashes, Texts]:
    """One hash a word: the difference of two prefix sums, moved to the power zero."""
    in_word, alone = codes.in_word, np.isin(codes.code, _WORDS_BY_THEMSELVES)
    start = np.flatnonzero(alone[1:] | (in_word[1:] & ~in_word[:-1])) + 1
    end = np.flatnonzero(alone[:-1] | (in_word[:-1] & ~in_word[1:])) + 1
    power, inverse = _powers()
    sums = np.zeros(len(codes.code) + 1, dtype=np.uint64)
    np.cumsum(codes.code * power[: len(codes.code)], out=sums[1:])
    return (sums[end] - sums[start]) * inverse[start], codes.text[start]


@cache
def _powers() -> tuple[Hashes, Hashes]:
    """The base's powers 0, 1, 2, … for every place in a chunk, and their inverses."""
    factors = np.full((2, CHUNK_CHARS), [[_BASE], [_INVERSE]], dtype=np.uint64)
    factors[:, 0] = 1
    power, inverse = np.multiply.accumulate(factors, axis=1)
    return power, inverse


def char_ngrams(codes: Codes, reach: int) -> Iterator[tuple[Hashes, Texts]]:
    """Two characters in a row, then three and more: hashes, and the texts they stand in.

    Each order grows from the one before, by a multiplication and an addition a character.
    Only the first and the last character may be a space, and of two at least one is none. As
    each text stands between two spaces of its own, no n-gram reaches into the next.
    """
    filled = codes.code != SPACE
    # Plus one, as a space's code is zero: else " ho" would have the hash of "ho".
    hashes, allowed = codes.code + np.uint64(1), filled
    for size in range(2, reach + 1):
        hashes = hashes[:-1] * np.uint64(_BASE) + codes.code[size - 1 :]
        if size == 2:
            allowed = filled[:-1] | filled[1:]
        elif size == 3:
            allowed = filled[1:-1]
        else:
            allowed = allowed[:-1] & filled[size - 2 : -1]
        at = np.flatnonzero(allowed)
        yield hashes[at], codes.text[at]

"""Which words a model has met: mails full of others tell that the world has moved on.

The columns of the features can't tell, for more than half of them are taken by one n-gram or
another. Here single words have a table of their own, a bit for each of 2^20 hashes. An unknown
word that shares the hash of a known one looks known: one in twenty-two with the starter corpus
(48,000 words), one in six with 190,000 words.
"""

from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from buzon.classifier.measure import Indices
from buzon.classifier.reading import Places, Reading, readings

_BITS = 20  # as in kernel.h, and the other two as in linear.c, where words are looked up
_SHIFT = np.uint64(64 - _BITS)
_MIX = np.uint64(0x9FB21C651E98DF25)  # odd; from XXH3


class Vocabulary:
    """The words of the texts that it was shown."""

    def __init__(self) -> None:
        self._known = np.zeros(1 << _BITS, dtype=bool)

    def add(self, reading: Reading) -> None:
        self._known[_places(reading)] = True

    def join(self, other: Self) -> None:
        """Knows from now on what the other one knows, too."""
        self._known |= other._known

    def __getstate__(self) -> NDArray[np.uint64]:
        return self.bits

    def __setstate__(self, bits: NDArray[np.uint64]) -> None:
        self._known = np.unpackbits(bits.view(np.uint8), bitorder="little").astype(bool)

    @property
    def bits(self) -> NDArray[np.uint64]:
        """The table, 64 hashes in a number, the first in the lowest bit."""
        return np.packbits(self._known, bitorder="little").view(np.uint64)


class Words:
    """The words of some texts, to see which a model would not know that learnt from a part."""

    def __init__(self, texts: Iterable[str]) -> None:
        found = [(_places(reading), np.diff(reading["word_border"])) for reading in readings(texts)]
        self._places = np.concatenate([places for places, _ in found])
        counts = np.concatenate([count for _, count in found])
        self._texts = len(counts)
        self._text = np.repeat(np.arange(self._texts), counts)

    def unknown(self, seen: Indices, unseen: Indices) -> Places:
        """How many words of each of the unseen texts none of the seen ones has."""
        is_seen, known = np.zeros(self._texts, dtype=bool), np.zeros(1 << _BITS, dtype=bool)
        is_seen[seen] = True
        known[self._places[is_seen[self._text]]] = True
        unknown = self._text[~known[self._places]]
        return np.bincount(unknown, minlength=self._texts)[unseen].astype(np.int32)


def _places(reading: Reading) -> NDArray[np.uint64]:
    places: NDArray[np.uint64] = reading["word_hash"] * _MIX >> _SHIFT
    return places

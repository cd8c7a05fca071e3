"""What common spellings say to a model, worked out when it is made.

Most of what stands in a mail has a spelling that many others have had: it is looked up here, and
only of the rest the n-grams of characters are read. Rounding apart, the figures are the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buzon.classifier.reading import Chosen, Hashes, Places, Reading, readings
from buzon.classifier.sparse import Rows

Floats = NDArray[np.float32]

_BITS = 16
_SHIFT = np.uint64(64 - _BITS)
_MIX = np.uint64(0x9FB21C651E98DF25)  # odd; from XXH3
_MOST = 1 << 15  # spellings


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A spelling has one place it can be at: `hashes`, of shape (2**16,), tells which is there,
    zero where none is, and `number` the row of `said`, of shape (spellings, k), that is its own."""

    hashes: Hashes
    number: NDArray[np.uint16]
    said: Floats

    def look_up(self, reading: Reading) -> tuple[NDArray[np.bool_], Floats]:
        """Which of the spellings are known, and what each text's known ones say together, of shape
        (texts, k)."""
        hashes = reading["spelling_hash"]
        place = _places(hashes)
        known = self.hashes[place] == hashes
        so_far = np.zeros(len(known) + 1, dtype=np.int32)
        np.cumsum(known, out=so_far[1:])
        numbers = self.number[place[known]]
        ones = np.ones(len(numbers), dtype=np.float32)
        return known, Rows(ones, numbers, so_far[reading["spelling_border"]]) @ self.said


def lexicon(
    texts: Sequence[str], k: int, say: Callable[[Reading, Chosen], tuple[Floats, Places]]
) -> Lexicon:
    """The spellings in these texts, those in many of them before others. `say` tells what the
    spellings with these numbers say, in rows of k, and which row belongs to each."""
    every = [np.zeros(0, dtype=np.uint64), *(each["spelling_hash"] for each in readings(texts))]
    hashes, often = np.unique(np.concatenate(every), return_counts=True)
    rising = hashes[np.argsort(often, kind="stable")[-_MOST:]]
    at_place = np.zeros(1 << _BITS, dtype=np.uint64)
    at_place[_places(rising)] = rising  # of several, the last
    number = np.zeros(1 << _BITS, dtype=np.uint16)
    done = np.zeros(1 << _BITS, dtype=bool)
    said = [np.zeros((0, k), dtype=np.float32)]
    for reading in readings(texts):
        hashes = reading["spelling_hash"]
        place = _places(hashes)
        chosen = np.flatnonzero(~done[place] & (at_place[place] == hashes))
        found, row = say(reading, chosen)
        number[place[chosen]] = sum(map(len, said)) + row
        done[place[chosen]] = True
        said.append(found)
    return Lexicon(at_place, number, np.concatenate(said))


def _places(hashes: Hashes) -> Hashes:
    places: Hashes = hashes * _MIX >> _SHIFT
    return places

"""What common spellings say to a model, worked out when it is made.

Most of what stands in a mail has a spelling that many others have had: it is looked up here, and
only of the rest the n-grams of characters are read. Rounding apart, the figures are the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buzon.classifier.sparse import Rows
from buzon.classifier.spelling import Spellings, spellings
from buzon.classifier.words import Choice, Hashes, Words

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

    def look_up(self, words: Words) -> tuple[Choice, Floats]:
        """Which of the words' runs are known, and what each text's known spellings say together,
        of shape (texts, k)."""
        start, _, hashes = words.runs
        place = _places(hashes)
        known = self.hashes[place] == hashes
        bits = np.uint32(_BITS)
        pairs = words.codes.text[start[known]] << bits | self.number[place[known]]
        pairs.sort()
        new = np.ones(len(pairs), dtype=bool)
        np.not_equal(pairs[1:], pairs[:-1], out=new[1:])
        pairs = pairs[new]
        borders = np.searchsorted(pairs, np.arange(words.codes.count + 1, dtype=np.uint32) << bits)
        columns = (pairs & np.uint32((1 << _BITS) - 1)).view(np.int32)
        has = Rows(np.ones(len(pairs), dtype=np.float32), columns, borders)
        return known, has @ self.said


def lexicon(texts: Sequence[Words], k: int, say: Callable[[Spellings], Floats]) -> Lexicon:
    """The spellings in these texts, the commonest before others. `say` makes their rows of k."""
    runs = [words.runs[2] for words in texts]
    every = np.concatenate(runs) if runs else np.zeros(0, dtype=np.uint64)
    hashes, often = np.unique(every, return_counts=True)
    rising = hashes[np.argsort(often, kind="stable")[-_MOST:]]
    at_place = np.zeros(1 << _BITS, dtype=np.uint64)
    at_place[_places(rising)] = rising  # of several, the last
    number = np.zeros(1 << _BITS, dtype=np.uint16)
    done = np.zeros(1 << _BITS, dtype=bool)
    said = [np.zeros((0, k), dtype=np.float32)]
    for words, run in zip(texts, runs, strict=True):
        place = _places(run)
        found = spellings(words, but=done[place] | (at_place[place] != run))
        place = _places(found.hashes)
        number[place] = sum(map(len, said)) + np.arange(len(place))
        done[place] = True
        said.append(say(found))
    return Lexicon(at_place, number, np.concatenate(said))


def _places(hashes: Hashes) -> Hashes:
    places: Hashes = hashes * _MIX >> _SHIFT
    return places

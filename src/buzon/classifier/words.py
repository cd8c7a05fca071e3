"""Texts as words: a hash each, the text it stands in, and whether it opens or closes the mail."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from buzon.classifier.codes import CHUNK_CHARS, MONEY, SPACE, Codes

Hashes = NDArray[np.uint64]
Texts = NDArray[np.uint32]
Places = NDArray[np.intp]
Choice = NDArray[np.bool_]

# A mail's wish stands in its first or its last sentences more often than between them.
EDGE = 2  # sentences
FEWEST_WORDS = 4  # a shorter sentence is a greeting, a name, an "it is urgent"

_BY_THEMSELVES = (ord("?"), ord("!"), MONEY)
_SENTENCE_ENDS = (ord("."), ord("?"), ord("!"))

# Odd, so that it can be inverted modulo 2^64.
BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(BASE, -1, 1 << 64)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens in a row, each with a hash (uint64) and the text (uint32) it stands in, shape (n,)."""

    hash: Hashes
    text: Texts

    def __getitem__(self, chosen: Choice) -> Self:
        return type(self)(self.hash[chosen], self.text[chosen])


class Words:
    """The words of some texts, with what it takes to look at them more closely.

    A hash is the difference of two prefix sums of a polynomial (Karp and Rabin, 1987), moved to
    the power zero: the hash of any part of a word costs a subtraction and a multiplication.
    """

    def __init__(self, codes: Codes) -> None:
        self.codes = codes
        inside, alone = codes.in_word, _any_of(codes.code, _BY_THEMSELVES)
        self.start = np.flatnonzero(alone[1:] | (inside[1:] & ~inside[:-1])) + 1
        self.end = np.flatnonzero(alone[:-1] | (inside[:-1] & ~inside[1:])) + 1
        power, self._inverse = _powers()
        self._sums = np.zeros(len(codes.code) + 1, dtype=np.uint64)
        np.cumsum(codes.code * power[: len(codes.code)], out=self._sums[1:])
        self.tokens = Tokens(self._hashes(self.start, self.end), codes.text[self.start])

    @property
    def lengths(self) -> Places:
        """How many characters each word has."""
        return self.end - self.start

    def stems(self, word: Places, size: Places) -> Hashes:
        """The hash of the first so many characters of each word named."""
        start = self.start[word]
        return self._hashes(start, start + size)

    @cached_property
    def runs(self) -> tuple[Places, Places, Hashes]:
        """Where what stands between two spaces starts and ends, and its hash."""
        filled = self.codes.code != SPACE
        start = np.flatnonzero(filled[1:] & ~filled[:-1]) + 1
        end = np.flatnonzero(filled[:-1] & ~filled[1:]) + 1
        return start, end, self._hashes(start, end)

    def edges(self) -> tuple[Choice, Choice]:
        """Which words are in the first, and which in the last sentences of a mail's body."""
        sentence, in_body = self._sentences()
        first = np.flatnonzero(np.diff(sentence, prepend=-1))
        text = self.tokens.text[first]
        counts = (np.bincount(sentence) >= FEWEST_WORDS) & in_body[first]
        counts |= np.bincount(text, weights=counts)[text] == 0
        before: Places = np.cumsum(counts) - counts
        before -= before[np.searchsorted(text, text)]
        after = np.bincount(text, weights=counts)[text] - before - 1
        return (counts & (before < EDGE))[sentence], (counts & (after < EDGE))[sentence]

    def _sentences(self) -> tuple[Places, Choice]:
        """The number of the sentence each word stands in, and whether it is beyond line one."""
        code, line_end = self.codes.code, self.codes.line_end
        ends = line_end.copy()
        ends[:-1] |= _any_of(code[:-1], _SENTENCE_ENDS) & (code[1:] == SPACE)
        text = self.tokens.text
        so_far = np.concatenate([[0], np.cumsum(ends)])[self.start]
        begins = (np.diff(so_far, prepend=so_far[:1]) > 0) | (np.diff(text, prepend=text[:1]) > 0)
        lines = np.concatenate([[0], np.cumsum(line_end)])
        frames = np.searchsorted(self.codes.text, np.arange(self.codes.count))
        in_body = lines[self.start] > lines[frames][text]
        return np.cumsum(begins), in_body

    def _hashes(self, start: Places, end: Places) -> Hashes:
        hashes: Hashes = (self._sums[end] - self._sums[start]) * self._inverse[start]
        return hashes


def _any_of(code: Hashes, wanted: tuple[int, int, int]) -> Choice:
    one, two, three = wanted
    found: Choice = (code == one) | (code == two) | (code == three)
    return found


@cache
def _powers() -> tuple[Hashes, Hashes]:
    """The base's powers 0, 1, 2, … for every place in a chunk, and their inverses."""
    factors = np.full((2, CHUNK_CHARS), [[BASE], [_INVERSE]], dtype=np.uint64)
    factors[:, 0] = 1
    power, inverse = np.multiply.accumulate(factors, axis=1)
    return power, inverse

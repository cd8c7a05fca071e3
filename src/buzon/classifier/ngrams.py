"""N-grams of words, of what they mean, and of characters, each a polynomial hash modulo 2^64
(Karp and Rabin, 1987). Each order of n-grams is one pass over a chunk of texts."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

import numpy as np

from buzon.classifier import concepts
from buzon.classifier.codes import SPACE, Codes
from buzon.classifier.words import BASE, Choice, Hashes, Places, Texts, Tokens, Words

Span = tuple[Places, Places]  # where pieces of texts begin and end, as numbers of codes

Analyzer = Literal["words", "chars", "concepts", "edge words", "edge concepts"]

# From xxHash and MurmurHash3; odd where they multiply.
_FIRST = np.uint64(0xC2B2AE3D27D4EB4F)
_SECOND = np.uint64(0x165667B19E3779F9)
_OPENING = np.uint64(0x27D4EB2F165667C5)
_CLOSING = np.uint64(0x85EBCA77C2B2AE63)


class Reading:
    """A chunk of texts, as each analyzer sees it; what two of them need is worked out once."""

    def __init__(self, codes: Codes) -> None:
        self.codes = codes
        self.words = Words(codes)

    def ngrams(self, analyzer: Analyzer, reach: int) -> Iterator[tuple[Hashes, Texts]]:
        """The hashes of all n-grams, and the texts they stand in, order by order."""
        if analyzer == "chars":
            return char_ngrams(self.codes, reach)
        if analyzer == "words":
            return pairs(self.words.tokens, reach)
        if analyzer == "concepts":
            return pairs(self._concepts[self._means], reach)
        if analyzer == "edge words":
            return edge_pairs(self.words.tokens, self._edges, reach)
        return edge_pairs(
            self._concepts[self._means], [edge[self._means] for edge in self._edges], reach
        )

    def places(self, analyzer: Analyzer, reach: int) -> Iterator[list[Span]]:
        """Where the n-grams stand, in the order of `ngrams`, for a chunk of one text alone. Those
        of two words have two pieces."""
        if analyzer == "chars":
            for size, at in enumerate(_char_places(self.codes, reach), start=2):
                yield [(at, at + size)]
            return
        for chosen in self._chosen(analyzer):
            start, end = self.words.start[chosen], self.words.end[chosen]
            yield [(start, end)]
            for distance in range(1, reach + 1):
                first, second = slice(None, -distance), slice(distance, None)
                yield [(start[first], end[first]), (start[second], end[second])]

    def _chosen(self, analyzer: Analyzer) -> list[Choice]:
        """The words that an analyzer takes, once for each of its passes."""
        if analyzer == "words":
            return [np.ones(len(self.words.start), dtype=bool)]
        if analyzer == "concepts":
            return [self._means]
        if analyzer == "edge words":
            return list(self._edges)
        return [edge & self._means for edge in self._edges]

    @cached_property
    def _concepts(self) -> Tokens:
        return Tokens(concepts.meanings(self.words), self.words.tokens.text)

    @cached_property
    def _means(self) -> Choice:
        """Which words mean a concept."""
        means: Choice = self._concepts.hash != 0
        return means

    @cached_property
    def _edges(self) -> tuple[Choice, Choice]:
        return self.words.edges()


def pairs(tokens: Tokens, reach: int) -> Iterator[tuple[Hashes, Texts]]:
    """Single tokens, then pairs by their distance: hashes, and the texts they stand in."""
    yield tokens.hash * _FIRST, tokens.text
    for distance in range(1, reach + 1):
        both = tokens.hash[:-distance] * _FIRST + tokens.hash[distance:] * _SECOND
        same_text = tokens.text[distance:] == tokens.text[:-distance]
        yield both[same_text], tokens.text[distance:][same_text]


def edge_pairs(
    tokens: Tokens, edges: Iterable[Choice], reach: int
) -> Iterator[tuple[Hashes, Texts]]:
    """The same of the tokens at either edge of their text, under other hashes for each."""
    for chosen, name in zip(edges, (_OPENING, _CLOSING), strict=True):
        at_edge = tokens[chosen]
        yield from pairs(Tokens(at_edge.hash + name, at_edge.text), reach)


def char_ngrams(codes: Codes, reach: int) -> Iterator[tuple[Hashes, Texts]]:
    """Two characters in a row, then three and more: hashes, and the texts they stand in.

    Each order grows from the one before, by a multiplication and an addition a character.
    Only the first and the last character may be a space, and of two at least one is none. As
    each text stands between two spaces of its own, no n-gram reaches into the next.
    """
    # Plus one, as a space's code is zero: else " ho" would have the hash of "ho".
    hashes = codes.code + np.uint64(1)
    for size, at in enumerate(_char_places(codes, reach), start=2):
        hashes = hashes[:-1] * np.uint64(BASE) + codes.code[size - 1 :]
        yield hashes[at], codes.text[at]


def _char_places(codes: Codes, reach: int) -> Iterator[Places]:
    """Where n-grams of two characters begin, then those of three and more."""
    filled = allowed = codes.code != SPACE
    for size in range(2, reach + 1):
        if size == 2:
            allowed = filled[:-1] | filled[1:]
        elif size == 3:
            allowed = filled[1:-1]
        else:
            allowed = allowed[:-1] & filled[size - 2 : -1]
        yield np.flatnonzero(allowed)

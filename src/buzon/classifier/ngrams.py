"""Pairs of words and of what they mean. A whole chunk of texts takes one pass."""

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import numpy as np

from buzon.classifier import concepts
from buzon.classifier.codes import Codes
from buzon.classifier.spelling import Spellings, spellings
from buzon.classifier.words import Choice, Hashes, Places, Texts, Tokens, Words

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

    def ngrams(self, analyzer: Analyzer, reach: int) -> tuple[Hashes, Texts]:
        """The hashes of all n-grams but those of characters, and the texts they stand in."""
        if analyzer == "words":
            return pairs(self.words.tokens, reach)
        if analyzer == "concepts":
            return pairs(self._concepts[self._means], reach)
        if analyzer == "edge words":
            return edge_pairs(self.words.tokens, self._edges, reach)
        return edge_pairs(
            self._concepts[self._means], [edge[self._means] for edge in self._edges], reach
        )

    def places(self, analyzer: Analyzer, reach: int) -> tuple[Places, Places]:
        """The numbers of the first and the last word of each of the `ngrams`; of a single word
        they are the same."""
        passes = self._passes(analyzer)
        word = np.concatenate([np.flatnonzero(chosen) for chosen in passes])
        text = np.concatenate([
            self.words.tokens.text[chosen] * len(passes) + number
            for number, chosen in enumerate(passes)
        ])  # fmt: skip
        first, second = _paired(text, reach)
        return np.concatenate([word, word[first]]), np.concatenate([word, word[second]])

    def _passes(self, analyzer: Analyzer) -> Sequence[Choice]:
        """Which words an analyzer takes, one time after another."""
        if analyzer == "words":
            return [np.ones(len(self.words.start), dtype=bool)]
        if analyzer == "concepts":
            return [self._means]
        if analyzer == "edge words":
            return self._edges
        return [edge & self._means for edge in self._edges]

    @property
    def spellings(self) -> Spellings:
        return spellings(self.words)

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


def pairs(tokens: Tokens, reach: int) -> tuple[Hashes, Texts]:
    """Single tokens and pairs at most `reach` apart: hashes, and the texts they stand in."""
    first, second = _paired(tokens.text, reach)
    singles = tokens.hash * _FIRST
    both = singles[first] + tokens.hash[second] * _SECOND
    return np.concatenate([singles, both]), np.concatenate([tokens.text, tokens.text[first]])


def _paired(text: Texts, reach: int) -> tuple[Places, Places]:
    """Which tokens, given the texts they stand in, make pairs: first tokens and second tokens."""
    first = np.arange(len(text))
    # All distances at once: for a single mail, calls cost more than arithmetic.
    second = first + np.arange(1, reach + 1)[:, np.newaxis]
    same_text = text.take(second, mode="clip") == text
    same_text &= second < len(first)
    distance, first = np.nonzero(same_text)
    return first, first + distance + 1


def edge_pairs(tokens: Tokens, edges: Sequence[Choice], reach: int) -> tuple[Hashes, Texts]:
    """The same of the tokens at either edge of their text, under other hashes for each."""
    opening, closing = (tokens[chosen] for chosen in edges)
    # Twice as many texts, so that no pair reaches from an opening into a closing.
    both = Tokens(
        np.concatenate([opening.hash + _OPENING, closing.hash + _CLOSING]),
        np.concatenate([opening.text * 2, closing.text * 2 + 1]),
    )
    hashes, texts = pairs(both, reach)
    return hashes, texts // 2

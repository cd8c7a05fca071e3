"""The words that were looked for, in the text that is shown."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from buzon.store.search import Span

BEFORE, SHOWN = 40, 160  # characters of a fragment before the first word, and of all of it
LINE_ENDS = re.compile(r"[\s\u2028\u2029]")


class Piece(NamedTuple):
    text: str
    found: bool


def pieces(text: str, spans: Sequence[Span]) -> list[Piece]:
    """The text in pieces, of which each is found or not."""
    result, at = [], 0
    for begin, end in spans:
        result += [Piece(text[at:begin], False), Piece(text[begin:end], True)]
        at = end
    return [piece for piece in [*result, Piece(text[at:], False)] if piece.text]


def fragment(text: str, spans: Sequence[Span]) -> list[Piece]:
    """The part of a text around the first word that was found, on one line."""
    begin = max(0, spans[0][0] - BEFORE) if spans else 0
    shown = LINE_ENDS.sub(" ", text[begin : begin + SHOWN])
    found = pieces(shown, [(a - begin, b - begin) for a, b in spans if b - begin <= len(shown)])
    return [Piece("…", False), *found] if begin else found

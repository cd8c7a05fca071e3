"""Sentences of ours that lie in the database as one text with what others said: read by the pattern
that they were made with, they can be said in another language."""

import re
from collections.abc import Mapping

PLACE = re.compile(r"%\((\w+)\)s")


def values_of(pattern: str, text: str) -> Mapping[str, str] | None:
    """What stands in the places of the pattern, if it makes this text. Each value ends where what
    follows its place comes first, the last one where the text does."""
    first, *rest = PLACE.split(pattern)
    if not text.startswith(first):
        return None
    text, values = text.removeprefix(first), dict[str, str]()
    while rest:
        name, after, *rest = rest
        end = text.find(after) if rest else len(text) - len(after)
        if end < 0 or not text.startswith(after, end):
            return None
        values[name], text = text[:end], text[end + len(after) :]
    return None if text else values

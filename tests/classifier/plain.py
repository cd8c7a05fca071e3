"""What the kernel finds in a text, in plain Python: slow, and easy to check by reading."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

from buzon.classifier import concepts
from buzon.classifier.codes import ADDRESS, LINK, MAX_CHARS, SPACE, folded, kinds
from buzon.classifier.reading import Analyzer

_MASK = (1 << 64) - 1
_BEYOND, _DROPPED = 0xFFFE, "\uffff"
_IN_WORD, _ALONE = 1, 2
_ENDS = (".", "?", "!")
_FIRST, _SECOND, _MIX = 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xFF51AFD7ED558CCD
_BASE, _OPENS, _CLOSES = 0x9E3779B97F4A7C15, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63


def columns(text: str, analyzer: Analyzer, reach: int, bits: int) -> Counter[int]:
    """How often a text has the n-grams of each column."""
    return Counter(_column(each, bits) for each in _ngrams(text, analyzer, reach))


def codes(text: str) -> list[tuple[str, bool]]:
    """A text's codes as characters, and whether a line ends there."""
    table = _folded()
    points = [(chr(table[min(ord(c), _BEYOND)]), c == "\n") for c in f" {text[:MAX_CHARS]} "]
    found = []
    for is_space, run in groupby(points, lambda point: ord(point[0]) == SPACE):
        if is_space:
            found += run
        else:
            found += [(code, False) for code in _shortened("".join(code for code, _ in run))]
    return found


def words(text: str) -> list[str]:
    return [word for word, _ in _placed_words(codes(text))]


def edges(text: str) -> tuple[list[str], list[str]]:
    """The words of a text's first and those of its last sentences."""
    body, read = False, codes(text)
    sentences: list[tuple[bool, list[str]]] = []
    start = 0
    for word, place in _placed_words(read):
        between = range(start, place)
        if not sentences or any(_ends(read, at) for at in between):
            body = body or any(read[at][1] for at in range(place))
            sentences.append((body, []))
        sentences[-1][1].append(word)
        start = place
    long = [found for in_body, found in sentences if in_body and len(found) >= 4]
    chosen = long or [found for _, found in sentences]
    first, last = ([word for found in some for word in found] for some in (chosen[:2], chosen[-2:]))
    return first, last


def meaning(word: str) -> int:
    """The hash of the concept that a word means; 0 where it means none."""
    whole, stems = _concepts()
    begins = [word[:size] for size in range(len(word), 0, -1)]
    return whole.get(word) or next((stems[stem] for stem in begins if stem in stems), 0)


def spellings(text: str) -> list[str]:
    read = "".join(code for code, _ in codes(text))
    return list(dict.fromkeys(run for run in read.split(chr(SPACE)) if run))


def hashed(word: str) -> int:
    return sum(ord(code) * pow(_BASE, at, 1 << 64) for at, code in enumerate(word)) & _MASK


def _shortened(run: str) -> str:
    if "://" in run or "www." in run:
        return chr(LINK)
    if "@" in run:
        return chr(ADDRESS)
    return re.sub("0(?:[.,]?0)*", "0", run).replace(_DROPPED, "")


def _placed_words(read: Sequence[tuple[str, bool]]) -> list[tuple[str, int]]:
    """The words, and the places where they start."""
    table = _kinds()
    kind = "".join(str(table[ord(code)]) for code, _ in read)
    return [
        ("".join(code for code, _ in read[found.start() : found.end()]), found.start())
        for found in re.finditer(f"{_IN_WORD}+|{_ALONE}", kind)
    ]


def _ends(read: Sequence[tuple[str, bool]], at: int) -> bool:
    code, line_ends = read[at]
    return line_ends or (code in _ENDS and ord(read[at + 1][0]) == SPACE)


def _ngrams(text: str, analyzer: Analyzer, reach: int) -> Iterator[int]:
    if analyzer == "chars":
        for spelling in spellings(text):
            yield from _of_chars(f"\0{spelling}\0", reach)
    elif analyzer == "words":
        yield from _pairs([hashed(word) for word in words(text)], reach)
    elif analyzer == "concepts":
        yield from _pairs(list(filter(None, map(meaning, words(text)))), reach)
    else:
        read = hashed if analyzer == "edge words" else meaning
        for edge, moved in zip(edges(text), (_OPENS, _CLOSES), strict=True):
            yield from _pairs([each + moved for each in map(read, edge) if each], reach)


def _pairs(hashes: Sequence[int], reach: int) -> Iterator[int]:
    for at, one in enumerate(hashes):
        yield one * _FIRST
        yield from (one * _FIRST + two * _SECOND for two in hashes[at + 1 : at + 1 + reach])


def _of_chars(framed: str, reach: int) -> Iterator[int]:
    for start in range(len(framed)):
        found = ord(framed[start]) + 1
        for code in framed[start + 1 : start + reach]:
            found = found * _BASE + ord(code)
            yield found


def _column(found: int, bits: int) -> int:
    found &= _MASK
    return ((found ^ found >> 32) * _MIX & _MASK) >> (64 - bits)


@cache
def _folded() -> list[int]:
    return folded().tolist()


@cache
def _kinds() -> list[int]:
    return kinds().tolist()


@cache
def _concepts() -> tuple[dict[str, int], dict[str, int]]:
    """What whole words mean, and what stems do."""
    whole: dict[str, int] = {}
    stems: dict[str, int] = {}
    for name, word, is_stem in zip(*(list(each) for each in concepts.table()), strict=True):
        (stems if is_stem else whole)["".join(words(word))] = int(name)
    return whole, stems

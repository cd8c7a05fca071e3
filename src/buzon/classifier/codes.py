"""What the kernel reads of a text: lower case, accents folded, numbers and addresses as classes.

The table of characters is made from Unicode 3.2, which the standard library keeps frozen: the same
text has the same codes on every machine and under every version of Python.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from unicodedata import ucd_3_2_0 as unicode

import numpy as np
from numpy.typing import NDArray

MAX_CHARS = 20_000  # of one text; a customer's wish stands in the beginning
CHUNK_CHARS = 1 << 16  # small enough for the processor's cache; both as in kernel.h
CHUNK_TEXTS = 1 << 12
FIELD_END = "\n\n"  # between a mail's subject and its body

SPACE = 0
NUMBER = ord("0")
MONEY = ord("$")
ADDRESS = 0xE000  # private use, so that no text has these by itself
LINK = 0xE001
_BEYOND = 0xFFFE  # any character outside the Basic Plane: mostly emoji
_DROPPED = 0xFFFF

_IN_WORD, _ALONE = 1, 2  # kinds of codes

# How mail programs begin the subjects of answers, and of mails sent on, in the languages we know.
_MARK = r"\s{0,9}(?:\[\d{1,3}\])?\s{0,9}:"
_ANSWER = re.compile(rf"\s{{0,9}}(?:re|aw|res|r|rif|ref|sv|antw){_MARK}", re.IGNORECASE)
_SENT_ON = re.compile(rf"\s{{0,9}}(?:rv|fwd?|wg|tr|i|enc|reenv){_MARK}", re.IGNORECASE)

_INVISIBLE = (0x00AD, 0x200B)  # soft hyphen and zero width space, which Unicode 3.2 shows
_QUOTES = dict.fromkeys(map(ord, "‘’‚‛“”„‟«»´`"), ord("'"))
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), ord("-"))


def chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts, each cut to MAX_CHARS and framed by two spaces, in chunks of bounded size."""
    chunk: list[str] = []
    room = CHUNK_CHARS
    for text in texts:
        framed = f" {text[:MAX_CHARS]} "
        if len(framed) > room or len(chunk) == CHUNK_TEXTS:
            yield chunk
            chunk, room = [], CHUNK_CHARS
        chunk.append(framed)
        room -= len(framed)
    if chunk:
        yield chunk


def join_fields(subject: str, body: str) -> str:
    """A mail as the one text that the model reads. What it wouldn't read isn't copied."""
    return f"{read_subject(subject, body)}{FIELD_END}{body[:MAX_CHARS]}"


def read_subject(subject: str, body: str) -> str:
    """What the model reads of a subject: nothing where the mail answers another one and says
    something itself, for then the subject is that of the first mail, and often misleads.

    Measured on held-out writers' files (macro-F1): +0.007 in Spanish, +0.003 in other languages.
    """
    return "" if _answers(subject) and body.strip() else subject[:MAX_CHARS]


def _answers(subject: str) -> bool:
    """Whether it begins like that of an answer, and not of an answered mail that is sent on."""
    at = 0
    while found := _ANSWER.match(subject, at):
        at = found.end()
    return at > 0 and not _SENT_ON.match(subject, at)


@cache
def folded() -> NDArray[np.uint16]:
    """The code of each character of the Basic Plane, and last that of all beyond."""
    return np.fromiter(map(_fold, range(_DROPPED)), dtype=np.uint16, count=_DROPPED)


def _fold(point: int) -> int:
    category = unicode.category(chr(point))
    if category == "Lo" and not unicode.decomposition(chr(point)):
        return ord(chr(point).lower())  # ideographs and syllables, which most are, told soon
    if point == _BEYOND:
        return point
    if category in ("Mn", "Me", "Cf") or point in _INVISIBLE:
        return _DROPPED
    if category[0] in "ZC":
        return SPACE
    if category == "Nd":
        return NUMBER
    if category == "Sc":
        return MONEY
    if category[0] == "L":
        return ord(_without_accents(chr(point)).lower()[0])
    return _QUOTES.get(point) or _DASHES.get(point) or point


def _without_accents(letter: str) -> str:
    bare = unicode.normalize("NFKD", letter)
    return bare[0] if all(unicode.category(mark) == "Mn" for mark in bare[1:]) else letter


@cache
def kinds() -> NDArray[np.uint8]:
    """Which codes make words together, and which by themselves."""
    table = np.zeros(_DROPPED + 1, dtype=np.uint8)
    table[[point for point in range(_DROPPED) if unicode.category(chr(point))[0] in "LN"]] = (
        _IN_WORD
    )
    table[[ADDRESS, LINK, _BEYOND]] = _IN_WORD
    table[list(map(ord, "?!$"))] = _ALONE
    return table

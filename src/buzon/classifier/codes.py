"""Texts as one array of codes: lower case, accents folded, numbers and addresses as classes.

A whole batch becomes a single array, so that everything after it is arithmetic on arrays. The
table of characters is made from Unicode 3.2, which the standard library keeps frozen: the same
text has the same codes on every machine and under every version of Python.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from unicodedata import ucd_3_2_0 as unicode

import numpy as np
from numpy.typing import NDArray

MAX_CHARS = 20_000  # of one text; a customer's wish stands in the beginning
CHUNK_CHARS = 1 << 16  # small enough for the processor's cache
CHUNK_TEXTS = 1 << 12
FIELD_END = "\n\n"  # between a mail's subject and its body

SPACE = 0
NUMBER = ord("0")
MONEY = ord("$")
ADDRESS = 0xE000  # private use, so that no text has these by itself
LINK = 0xE001
_BEYOND = 0xFFFE  # any character outside the Basic Plane: mostly emoji
_DROPPED = 0xFFFF

# How mail programs begin the subjects of answers, and of mails sent on, in the languages we know.
_MARK = r"\s{0,9}(?:\[\d{1,3}\])?\s{0,9}:"
_ANSWER = re.compile(rf"\s{{0,9}}(?:re|aw|res|r|rif|ref|sv|antw){_MARK}", re.IGNORECASE)
_SENT_ON = re.compile(rf"\s{{0,9}}(?:rv|fwd?|wg|tr|i|enc|reenv){_MARK}", re.IGNORECASE)

_INVISIBLE = (0x00AD, 0x200B)  # soft hyphen and zero width space, which Unicode 3.2 shows
_QUOTES = dict.fromkeys(map(ord, "‘’‚‛“”„‟«»´`"), ord("'"))
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), ord("-"))


@dataclass(frozen=True, slots=True)
class Codes:
    """The characters of `count` texts in a row, each text framed by two spaces of its own.

    `code` is uint64 of shape (n,), as the hashes need it; `text`, uint32 of shape (n,), tells to
    which text a code belongs, `line_end` which of the spaces end a line, and `place`, intp, which
    character of the framed texts it stands for, together with those without a code behind that.
    """

    code: NDArray[np.uint64]
    text: NDArray[np.uint32]
    line_end: NDArray[np.bool_]
    place: NDArray[np.intp]
    count: int

    @property
    def in_word(self) -> NDArray[np.bool_]:
        """Whether a code is a letter or stands for a number, an address, a link or an emoji."""
        inside: NDArray[np.bool_] = _word_codes()[self.code]
        return inside


def chunks(texts: Iterable[str]) -> Iterator[Codes]:
    """The texts in chunks of bounded size, each text cut to MAX_CHARS."""
    chunk: list[str] = []
    room = CHUNK_CHARS
    for text in texts:
        framed = f" {text[:MAX_CHARS]} "
        if len(framed) > room or len(chunk) == CHUNK_TEXTS:
            yield _encode(chunk)
            chunk, room = [], CHUNK_CHARS
        chunk.append(framed)
        room -= len(framed)
    if chunk:
        yield _encode(chunk)


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


def _encode(framed: Sequence[str]) -> Codes:
    points = np.frombuffer("".join(framed).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    code = _folded()[np.minimum(points, _BEYOND)]
    text = np.repeat(np.arange(len(framed), dtype=np.uint32), [len(each) for each in framed])
    _name_addresses(code)
    kept = code != _DROPPED
    kept[1:] &= ~_continues_number(code)
    line_end = points == ord("\n")
    place = np.flatnonzero(kept)
    return Codes(code[place].astype(np.uint64), text[place], line_end[place], place, len(framed))


def _name_addresses(code: NDArray[np.uint16]) -> None:
    """Puts one code in the place of each e-mail address and each link."""
    spaces = np.flatnonzero(code == SPACE)
    for mark, name in (("://", LINK), ("www.", LINK), ("@", ADDRESS)):
        _replace_runs(code, spaces, _find(code, mark), name)


def _find(code: NDArray[np.uint16], wanted: str) -> NDArray[np.intp]:
    """Where the characters of `wanted` stand in a row. The rarest, the last, is sought first."""
    last = len(wanted) - 1
    hits = np.flatnonzero(code[last:] == ord(wanted[last]))
    for offset in range(last):
        hits = hits[code[hits + offset] == ord(wanted[offset])]
    return hits


def _replace_runs(
    code: NDArray[np.uint16], spaces: NDArray[np.intp], hits: NDArray[np.intp], name: int
) -> None:
    """Turns the run between two spaces around each hit into `name` alone."""
    if not len(hits):
        return
    right = np.unique(np.searchsorted(spaces, hits))
    start, end = spaces[right - 1] + 1, spaces[right]
    edge = np.zeros(len(code), dtype=np.int8)
    edge[start], edge[end] = 1, -1
    code[np.cumsum(edge, dtype=np.int8).astype(bool)] = _DROPPED
    code[start] = name


def _continues_number(code: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Whether the code at i + 1 goes on with the number at i: "1.250,00" is one number."""
    number = code == NUMBER
    mark = (code == ord(".")) | (code == ord(","))
    within = number.copy()
    within[1:-1] |= mark[1:-1] & number[:-2] & number[2:]
    continues: NDArray[np.bool_] = within[1:] & within[:-1]
    return continues


@cache
def _folded() -> NDArray[np.uint16]:
    return np.fromiter(map(_fold, range(_DROPPED)), dtype=np.uint16, count=_DROPPED)


def _fold(point: int) -> int:
    category = unicode.category(chr(point))
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
def _word_codes() -> NDArray[np.bool_]:
    table = np.zeros(_DROPPED + 1, dtype=bool)
    table[[point for point in range(_DROPPED) if unicode.category(chr(point))[0] in "LN"]] = True
    table[[ADDRESS, LINK, _BEYOND]] = True
    return table

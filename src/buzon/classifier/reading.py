"""Texts as the kernel reads them: words, spellings and n-grams, a chunk of texts at a time."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from buzon.classifier import codes, concepts
from buzon.classifier.kernel import Kernel
from buzon.classifier.sparse import Rows

Analyzer = Literal["words", "chars", "concepts", "edge words", "edge concepts"]
Hashes = NDArray[np.uint64]
Places = NDArray[np.int32]
Codes = NDArray[np.uint16]

# A kind of n-grams: the analyzer, how far they reach, and the bits of their columns.
Kind = tuple[Analyzer, int, int]

# Kernels wait for their next texts, as making one takes longer than a mail does.
_MOST_IDLE = 2
_MOST_BYTES = 1 << 25  # texts of nothing but marks make one grow, and none ever shrinks
_idle: list[Kernel] = []


class Reading:
    """A chunk of texts. What it is asked for it must be asked before the next one is read."""

    def __init__(self, kernel: Kernel, counted: tuple[Kind, ...]) -> None:
        self._kernel = kernel
        self._counted = counted

    def __getitem__(self, name: str) -> NDArray[Any]:
        """One of the arrays that kernel.h describes."""
        return self._kernel.take(name)

    def counted(self, *kinds: Kind) -> Rows:
        """How often each text has which n-grams: a row for each text and kind, the rows of a text
        beside each other, and the kinds' columns beside each other."""
        if kinds != self._counted:
            self._call("count", *kinds)
            self._counted = kinds
        return Rows(self["often"], self["column"], self["border"])

    def listed(self, kind: Kind) -> tuple[Places, Places, Places]:
        """The n-grams of a kind one by one: their columns, and the numbers of their first and of
        their last words, the same of a single word. Of those of characters, which the first run of
        each spelling has, the codes where they start and where they end."""
        self._call("list", kind)
        self._counted = ()
        return self["column"], self["first"], self["second"]

    def _call(self, name: str, *kinds: Kind) -> None:
        self._kernel.give("parts", _numbers(kinds))
        self._kernel.call(name)


def readings(texts: Iterable[str], *kinds: Kind) -> Generator[Reading, None, None]:
    """The texts in chunks of bounded size, each text cut to codes.MAX_CHARS. Kinds that will be
    `counted` are better told now, as a call of the kernel costs as much as a mail."""
    with lent() as kernel:
        for chunk in codes.chunks(texts):
            give(kernel, chunk, *kinds)
            kernel.call("read")
            yield Reading(kernel, kinds)


@contextmanager
def reading(text: str) -> Iterator[Reading]:
    """A single text."""
    with closing(readings([text])) as found:
        yield next(found)


@contextmanager
def lent(suits: Callable[[Kernel], bool] = lambda _: True) -> Iterator[Kernel]:
    """A kernel: one that suits, else the one that has waited longest, else a new one."""
    kernel = _waiting(suits) or _prepared()
    try:
        yield kernel
    finally:
        if kernel.size <= _MOST_BYTES and len(_idle) < _MOST_IDLE:
            _idle.append(kernel)


def _waiting(suits: Callable[[Kernel], bool]) -> Kernel | None:
    for kernel in sorted(_idle, key=suits, reverse=True):
        with suppress(ValueError):  # another thread has taken it
            _idle.remove(kernel)
            return kernel
    return None


def give(kernel: Kernel, framed: Sequence[str], *kinds: Kind) -> None:
    """A chunk to be read, and the kinds of n-grams that are asked for."""
    kernel.give("points", np.frombuffer("".join(framed).encode("utf-32-le", "surrogatepass"), "u4"))
    kernel.give("lengths", np.array([len(each) for each in framed], dtype=np.uint32))
    kernel.give("parts", _numbers(kinds))


def _prepared() -> Kernel:
    """A kernel that knows the characters, and then what words mean."""
    kernel = Kernel()
    kernel.give("folded", codes.folded())
    kernel.give("kinds", codes.kinds())
    names, words, stems = concepts.table()
    for chunk in codes.chunks(words):
        give(kernel, chunk)
        kernel.call("read")
        kernel.give("names", names[: len(chunk)])
        kernel.give("stems", stems[: len(chunk)])
        kernel.call("learn")
        names, stems = names[len(chunk) :], stems[len(chunk) :]
    return kernel


@lru_cache
def _numbers(kinds: tuple[Kind, ...]) -> NDArray[np.uint32]:
    known = get_args(Analyzer)
    flat = [number for name, *size in kinds for number in (known.index(name), *size)]
    return np.array(flat, dtype=np.uint32)

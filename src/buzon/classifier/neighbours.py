"""What words mean to a company, learnt from mails that nobody labelled: words that stand beside the
same words are alike.

What a label teaches of one word holds for those like it. A mail is the sum of its words' vectors,
and a machine that learns from it is linear in the words, so what it learns is added to the weights
that words have by themselves: nothing of this is left in the model but weights.

Positive pointwise mutual information, and its singular value decomposition (Levy, Goldberg and
Dagan, 2015).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from buzon.classifier.reading import Kind, Places, Reading, readings
from buzon.classifier.sparse import Floats

WIDTH = 100
_NEAR = 16  # words in a row stand beside each other
_LEAST = 4  # mails that have a word, or nothing is learnt of it
_MOST = 20_000  # words, the most frequent
_SMOOTH = 0.75  # as in word2vec: rare neighbours tell less than they seem to
# With so many texts a category, the vectors count for √½ of what they do with next to none.
_HALF = 40
_SEED = 20_240_229
_TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The hashed `columns` of words, (m,), and their `vectors`, (m, width)."""

    columns: Places
    vectors: Floats

    def weighed(self, features: csr_matrix, examples: float) -> tuple[Floats, Floats]:
        """The sums of the vectors of each text, (n, width), and the vectors that give these, (m,
        width). `features` (n, m) are the words', `examples` how many texts there are a category."""
        sums = features @ self.vectors
        length = math.sqrt(np.square(sums, dtype=np.float64).sum(axis=1).mean())
        scale = np.float32(1 / math.sqrt(1 + examples / _HALF) / max(length, _TINY))
        return sums * scale, self.vectors * scale


def recipe() -> str:
    """All that vectors depend on beside the texts."""
    return repr((WIDTH, _NEAR, _LEAST, _MOST, _SMOOTH, _HALF, _SEED))


def learnt(labelled: Sequence[str], unlabelled: Sequence[str], bits: int) -> Neighbours:
    """From the texts of a company, also those that a fold holds back: nothing is asked of labels.
    Nothing where none is unlabelled: the labelled ones alone are too few, and make a model worse.
    `bits`: of the columns of words. The same texts give the same vectors on a machine; on another
    one LAPACK may differ in the last digits."""
    if not unlabelled:
        return Neighbours(np.zeros(0, dtype=np.int32), np.zeros((0, 0), dtype=np.float32))
    kind: Kind = ("words", 1, bits)
    often = np.zeros(1 << bits, dtype=np.intp)
    chunks = [
        _stretches(reading, kind, often) for reading in readings(chain(labelled, unlabelled), kind)
    ]
    columns = np.flatnonzero(often >= _LEAST)
    columns = np.sort(columns[np.argsort(-often[columns], kind="stable")[:_MOST]])
    stretches = vstack([csr_matrix((0, 1 << bits), dtype=np.float32), *chunks], "csr")[:, columns]
    return Neighbours(columns.astype(np.int32), _vectors(csr_matrix(stretches)))


def _stretches(reading: Reading, kind: Kind, often: NDArray[np.intp]) -> csr_matrix:
    """Which words stand beside each other: 1 where a stretch of a text has a word, of shape
    (stretches, 2**bits). Adds to `often` in how many texts each stands."""
    columns, first, second = reading.listed(kind)
    single = first == second
    column, word = columns[single], first[single]
    border = reading["word_border"]
    text = np.searchsorted(border, word, "right") - 1
    begins = np.concatenate([[0], np.cumsum(-(-np.diff(border) // _NEAR))])
    stretch = begins[text] + (word - border[text]) // _NEAR
    often += np.bincount(_held(text, column, len(border), len(often)).indices, minlength=len(often))
    return _held(stretch, column, int(begins[-1]), len(often))


def _held(row: NDArray[np.intp], column: Places, rows: int, width: int) -> csr_matrix:
    held = csr_matrix((np.ones(len(row), dtype=np.float32), (row, column)), (rows, width))
    held.data[:] = 1  # scipy has added up what stood twice
    return held


def _vectors(stretches: csr_matrix) -> Floats:
    """Of unit length at first, and then without what all words have in common: that would say
    nothing but how long a mail is. Of shape (m, width)."""
    vectors = _decomposed(_information(stretches))
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _TINY)
    often = np.bincount(stretches.indices, minlength=stretches.shape[1])
    heed = often * np.log(stretches.shape[0] / np.maximum(often, 1))
    centred: Floats = (vectors - heed @ vectors / max(heed.sum(), _TINY)).astype(np.float32)
    return centred


def _information(stretches: csr_matrix) -> csr_matrix:
    """By how much words stand beside each other more often than by chance, of shape (m, m)."""
    together = csr_matrix(stretches.T @ stretches)
    together.setdiag(0)
    together.eliminate_zeros()
    whole = np.asarray(together.sum(axis=1), dtype=np.float64).ravel()
    chance = whole**_SMOOTH
    chance /= max(chance.sum(), _TINY)
    data = np.log(together.data, out=together.data)  # in its place: it is of some ten millions
    data -= np.repeat(_log(whole), np.diff(together.indptr))
    data -= _log(chance)[together.indices]
    np.maximum(data, 0, out=data)
    together.eliminate_zeros()
    return together


def _log(counts: NDArray[np.float64]) -> Floats:
    return np.log(np.maximum(counts, _TINY)).astype(np.float32)


def _decomposed(information: csr_matrix) -> Floats:
    """The left singular vectors times the roots of their values, by a random basis and two rounds
    (Halko, Martinsson and Tropp, 2011). Of shape (m, at most WIDTH)."""
    count = information.shape[0]
    size = min(WIDTH + 10, count)
    random = np.random.default_rng(_SEED)
    basis = information @ random.standard_normal((count, size)).astype(np.float32)
    for _ in range(2):
        basis = information @ (information.T @ np.linalg.qr(basis)[0])
    basis = np.linalg.qr(basis)[0]
    left, values, _ = np.linalg.svd((information.T @ basis).T, full_matrices=False)
    found: Floats = ((basis @ left) * np.sqrt(values))[:, :WIDTH]
    return found

"""TF-IDF over words and characters side by side, and its product with a linear model's weights."""

import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.base import BaseEstimator, TransformerMixin

from buzon.classifier.codes import chunks
from buzon.classifier.features import HashedNgrams
from buzon.classifier.ngrams import Reading
from buzon.classifier.vocabulary import Vocabulary
from buzon.classifier.words import Places

Floats = NDArray[np.float32]
Contrast = NDArray[np.float64]
Share = tuple[Places, Places, NDArray[np.float64]]


@dataclass(frozen=True)
class Part:
    """N-grams that are weighed by themselves, to a length just under `length`.

    A text that says little stays short of it, by the credibility n / (n + k) of actuaries
    (Bühlmann, 1967) over squared lengths with k = `credible` squared: so "?" isn't taken for a
    sure query because a question mark is all there is.
    """

    ngrams: HashedNgrams
    length: float = 1.0
    credible: float = 20.0  # a usual mail has a length of about 90 before, in words and in chars


@dataclass(frozen=True, slots=True)
class Projection:
    """The features of some texts times a model's weights, of shape (texts, k), and, of shape
    (texts,), how many words they have and how many of these no training text had."""

    scores: Floats
    words: Places
    unknown_words: Places


PARTS = (
    Part(HashedNgrams("words", reach=3, bits=18)),
    Part(HashedNgrams("chars", reach=5, bits=18)),
    Part(HashedNgrams("concepts", reach=8, bits=16), length=0.7),
    Part(HashedNgrams("edge words", reach=3, bits=17), length=0.5),
    Part(HashedNgrams("edge concepts", reach=5, bits=16), length=0.5, credible=15),
)


class TfidfUnion(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Features of all parts beside each other, CSR float32 of shape (texts, width).

    A feature weighs 1 + log of its count, times the inverse document frequency; what stands in
    fewer than `min_texts` texts of the training set weighs nothing.
    """

    def __init__(self, parts: Sequence[Part] = PARTS, min_texts: int = 2) -> None:
        self.parts = parts
        self.min_texts = min_texts

    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        self._fit_counts(self._counts(self._learnt(texts)))
        return self

    def fit_transform(self, texts: Iterable[str], y: Any = None) -> csr_matrix:
        counts = self._counts(self._learnt(texts))
        self._fit_counts(counts)
        return hstack(self._weighed(counts), format="csr")

    def transform(self, texts: Iterable[str]) -> csr_matrix:
        return hstack(self._weighed(self._counts(map(Reading, chunks(texts)))), format="csr")

    def project(self, texts: Iterable[str], weights: Floats) -> Projection:
        """`transform(texts) @ weights`, holding the features of one chunk at a time.

        `weights` has the shape (width, k).
        """
        blocks = self._blocks(weights)
        products = [np.zeros((0, weights.shape[1]), dtype=np.float32)]
        words = [np.zeros((2, 0), dtype=np.intp)]
        for reading in map(Reading, chunks(texts)):
            counts = [part.ngrams.count(reading) for part in self.parts]
            products.append(sum(map(operator.matmul, self._weighed(counts), blocks)))
            words.append(self.vocabulary_.count(reading.words))
        return Projection(np.concatenate(products), *np.concatenate(words, axis=1))

    def shares(self, reading: Reading, weights: Floats, contrast: Contrast) -> Iterator[Share]:
        """What each n-gram of a single text adds to `transform([text]) @ weights @ contrast`.

        `weights` has the shape (width, k), `contrast` (k,). Comes as where pieces of n-grams begin
        and end, as numbers of codes, and what each adds.
        """
        for part, idf, block in zip(self.parts, self.idf_, self._blocks(weights), strict=True):
            ngrams = part.ngrams
            counts = ngrams.count(reading)
            often = counts.data.astype(np.float64)
            row = _weigh(counts, idf, part)
            each = row.data * (block[row.indices] @ contrast) / often
            places = reading.places(ngrams.analyzer, ngrams.reach)
            for keys, pieces in zip(ngrams.keys(reading), places, strict=True):
                share = each[np.searchsorted(row.indices, keys)] / len(pieces)
                yield from ((start, end, share) for start, end in pieces)

    def _blocks(self, weights: Floats) -> list[Floats]:
        """The weights of each part."""
        return np.split(weights, np.cumsum([1 << part.ngrams.bits for part in self.parts])[:-1])

    def _learnt(self, texts: Iterable[str]) -> Iterator[Reading]:
        """The texts, whose words are known from now on."""
        self.vocabulary_ = Vocabulary()
        for reading in map(Reading, chunks(texts)):
            self.vocabulary_.add(reading.words)
            yield reading

    def _counts(self, readings: Iterable[Reading]) -> list[csr_matrix]:
        """One matrix a part, all from one reading of the texts."""
        rows = [[part.ngrams.count(reading) for part in self.parts] for reading in readings]
        if not rows:
            return [part.ngrams.transform([]) for part in self.parts]
        return [vstack(column, format="csr") for column in zip(*rows, strict=True)]

    def _fit_counts(self, counts: list[csr_matrix]) -> None:
        self.idf_ = [self._idf(part) for part in counts]

    def _idf(self, counts: csr_matrix) -> Floats:
        """The smoothed inverse document frequency, as scikit-learn's TfidfTransformer has it."""
        texts, width = counts.shape
        having = np.bincount(counts.indices, minlength=width)
        idf: Floats = (np.log((1 + texts) / (1 + having)) + 1).astype(np.float32)
        idf[having < self.min_texts] = 0
        return idf

    def _weighed(self, counts: list[csr_matrix]) -> list[csr_matrix]:
        return list(map(_weigh, counts, self.idf_, self.parts))


def _weigh(counts: csr_matrix, idf: Floats, part: Part) -> csr_matrix:
    """Turns counts into TF-IDF, in place; an empty row stays empty."""
    data = counts.data
    np.log(data, out=data)
    data += 1
    data *= idf[counts.indices]
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    # Added up row by row in double precision: a mail's figures don't depend on its batch.
    squares = np.bincount(row, weights=np.square(data), minlength=counts.shape[0])
    scale = np.sqrt(squares) / np.maximum(squares + part.credible**2, np.finfo(np.float32).tiny)
    data *= (part.length * scale).astype(np.float32)[row]
    return counts

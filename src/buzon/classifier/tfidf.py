"""TF-IDF over words and characters side by side, and its product with a linear model's weights."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.base import BaseEstimator, TransformerMixin

from buzon.classifier.codes import chunks
from buzon.classifier.features import HashedNgrams, count
from buzon.classifier.ngrams import Reading
from buzon.classifier.vocabulary import Vocabulary
from buzon.classifier.words import Places

Floats = NDArray[np.float32]

_TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True)
class Part:
    """N-grams that are weighed by themselves, to a length just under `length`.

    A text that says little stays short of it: its share of the length is n² / (n² + k²) with n
    its squared length before and k = `credible` squared (Hill, 1910). So "?" isn't taken for a
    sure query because a question mark is all there is. Of a usual mail's words n is about 90².
    """

    ngrams: HashedNgrams
    length: float = 1.0
    credible: float = 12.0

    def scale(self, squares: NDArray[Any]) -> Floats:
        """What texts are multiplied by, given their squared lengths before."""
        length = squares**1.5 / np.maximum(squares**2 + self.credible**4, _TINY)
        scale: Floats = (self.length * length).astype(np.float32)
        return scale


@dataclass(frozen=True, slots=True)
class Projection:
    """The features of some texts times a model's weights, of shape (texts, k), and, of shape
    (texts,), how many words they have and how many of these no training text had."""

    scores: Floats
    words: Places
    unknown_words: Places


WORDS = (
    Part(HashedNgrams("words", reach=3, bits=18)),
    Part(HashedNgrams("concepts", reach=5, bits=16), length=0.7),
    Part(HashedNgrams("edge words", reach=3, bits=17), length=0.5),
    Part(HashedNgrams("edge concepts", reach=5, bits=16), length=0.5),
)
CHARS = Part(HashedNgrams("chars", reach=5, bits=18))


class TfidfUnion(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Features of words, then those of characters, CSR float32 of shape (texts, width).

    A feature weighs the inverse document frequency times 1 + log of its count; in characters, of
    which distinct spellings are counted, times its count. What stands in fewer than `min_texts`
    texts of the training set weighs nothing.
    """

    def __init__(
        self, words: Sequence[Part] = WORDS, chars: Part = CHARS, min_texts: int = 2
    ) -> None:
        self.words = words
        self.chars = chars
        self.min_texts = min_texts

    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        self._fit_counts(self._counts(self._learnt(texts)))
        return self

    def fit_transform(self, texts: Iterable[str], y: Any = None) -> csr_matrix:
        counts = self._counts(self._learnt(texts))
        self._fit_counts(counts)
        return self._weighed(*counts)

    def transform(self, texts: Iterable[str]) -> csr_matrix:
        return self._weighed(*self._counts(map(Reading, chunks(texts))))

    def project(self, texts: Iterable[str], weights: Floats) -> Projection:
        """`transform(texts) @ weights`, holding the features of one chunk at a time.

        `weights` has the shape (width, k).
        """
        of_words, of_chars = np.split(weights, [len(self.idf_[0])])
        products = [np.zeros((0, weights.shape[1]), dtype=np.float32)]
        met = [np.zeros((2, 0), dtype=np.intp)]
        for reading in map(Reading, chunks(texts)):
            words = weigh_words(self.count_words(reading), self.idf_[0], self.words)
            chars = _project_chars(reading, self.idf_[1], self.chars, of_chars)
            products.append(words @ of_words + chars)
            met.append(self.vocabulary_.count(reading.words))
        return Projection(np.concatenate(products), *np.concatenate(met, axis=1))

    def _learnt(self, texts: Iterable[str]) -> Iterator[Reading]:
        """The texts, whose words are known from now on."""
        self.vocabulary_ = Vocabulary()
        for reading in map(Reading, chunks(texts)):
            self.vocabulary_.add(reading.words)
            yield reading

    def _counts(self, readings: Iterable[Reading]) -> tuple[csr_matrix, csr_matrix]:
        """Those of words and those of characters, from one reading of the texts."""
        rows = [(self.count_words(r), self.chars.ngrams.count(r)) for r in readings]
        words, chars = zip(*rows, strict=True) if rows else ([self._no_words()], [])
        return vstack(words, format="csr"), vstack([*chars, self.chars.ngrams.transform([])])

    def count_words(self, reading: Reading) -> csr_matrix:
        return count(reading, [part.ngrams for part in self.words])

    def _no_words(self) -> csr_matrix:
        return hstack([part.ngrams.transform([]) for part in self.words], format="csr")

    def _fit_counts(self, counts: Iterable[csr_matrix]) -> None:
        self.idf_ = [self._idf(part) for part in counts]

    def _idf(self, counts: csr_matrix) -> Floats:
        """The smoothed inverse document frequency, as scikit-learn's TfidfTransformer has it."""
        texts, width = counts.shape
        having = np.bincount(counts.indices, minlength=width)
        idf: Floats = (np.log((1 + texts) / (1 + having)) + 1).astype(np.float32)
        idf[having < self.min_texts] = 0
        return idf

    def _weighed(self, words: csr_matrix, chars: csr_matrix) -> csr_matrix:
        weighed = weigh_words(words, self.idf_[0], self.words)
        return hstack([weighed, _weigh_chars(chars, self.idf_[1], self.chars)], format="csr")


def weigh_words(counts: csr_matrix, idf: Floats, parts: Sequence[Part]) -> csr_matrix:
    """Turns counts into TF-IDF, in place; an empty row stays empty."""
    data = counts.data
    np.log(data, out=data)
    data += 1
    data *= idf[counts.indices]
    borders = np.cumsum([1 << part.ngrams.bits for part in parts])[:-1]
    cell = _rows(counts) * len(parts) + np.searchsorted(borders, counts.indices, side="right")
    # Added up row by row in double precision: a mail's figures don't depend on its batch.
    squares = np.bincount(cell, np.square(data), minlength=counts.shape[0] * len(parts))
    squares = squares.reshape(counts.shape[0], len(parts)).T
    scales = np.stack([part.scale(each) for part, each in zip(parts, squares, strict=True)], axis=1)
    data *= scales.ravel()[cell]
    return counts


def _weigh_chars(counts: csr_matrix, idf: Floats, part: Part) -> csr_matrix:
    """The same for characters. A text's squared length is the sum of its spellings' lengths."""
    weight, row = idf[counts.indices], _rows(counts)
    squares = np.bincount(row, counts.data * np.square(weight), minlength=counts.shape[0])
    counts.data *= weight * part.scale(squares)[row]
    return counts


def _project_chars(reading: Reading, idf: Floats, part: Part, weights: Floats) -> Floats:
    """The same times the weights, from a product for each spelling, not for each text."""
    spellings = reading.spellings
    ngrams = part.ngrams.spelt(spellings)
    ngrams.data = idf[ngrams.indices]
    squares = np.bincount(_rows(ngrams), np.square(ngrams.data), minlength=ngrams.shape[0])
    scale = part.scale(spellings.has @ squares)
    product: Floats = (spellings.has @ (ngrams @ weights)) * scale[:, np.newaxis]
    return product


def _rows(matrix: csr_matrix) -> NDArray[np.intp]:
    """The row of each entry."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))

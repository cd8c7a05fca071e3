"""TF-IDF over words and characters side by side, and its product with a linear model's weights."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from buzon.classifier.estimator import Transformer
from buzon.classifier.features import Columns, HashedNgrams
from buzon.classifier.linear import Linear, Projection
from buzon.classifier.reading import Kind, Reading, readings
from buzon.classifier.sparse import Rows, stacked
from buzon.classifier.vocabulary import Vocabulary

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
        return _scale(squares, self.length, self.credible)


WORDS = (
    Part(HashedNgrams("words", reach=3, bits=18)),
    Part(HashedNgrams("concepts", reach=5, bits=16), length=0.7),
    Part(HashedNgrams("edge words", reach=3, bits=17), length=0.5),
    Part(HashedNgrams("edge concepts", reach=5, bits=16), length=0.5),
)
CHARS = Part(HashedNgrams("chars", reach=5, bits=18))


class TfidfUnion(Transformer):
    """Features of words, then those of characters, CSR float32 of shape (texts, width).

    A feature weighs the inverse document frequency times 1 + log of its count; in characters, of
    which distinct spellings are counted, times its count. What stands in fewer than `min_texts`
    texts of the training set is no feature.
    """

    def __init__(
        self, words: Sequence[Part] = WORDS, chars: Part = CHARS, min_texts: int = 2
    ) -> None:
        self.words = words
        self.chars = chars
        self.min_texts = min_texts

    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        self._fit_counts(self._learnt(texts))
        return self

    def fit_transform(self, texts: Iterable[str], y: Any = None) -> csr_matrix:
        return self._weighed(*self._fit_counts(self._learnt(texts)))

    def transform(self, texts: Iterable[str]) -> csr_matrix:
        return self._weighed(*self._counts(readings(texts, *self._word_kinds), self.columns_))

    @property
    def width(self) -> int:
        """How many features there are."""
        return sum(map(len, self.columns_))

    def project(self, texts: Iterable[str], weights: Floats) -> Projection:
        """`transform(texts) @ weights`, but for rounding, without the features at hand.

        `weights` has the shape (width, k), and stays as it is as long as it is used.
        """
        found = list(self._linear(weights).project(texts))
        if len(found) == 1:
            return found[0]
        none = np.zeros(0, dtype=np.int32)
        found.append(Projection(np.zeros((0, weights.shape[1]), dtype=np.float32), none, none))
        return Projection(
            np.concatenate([each.scores for each in found]),
            np.concatenate([each.words for each in found]),
            np.concatenate([each.unknown_words for each in found]),
        )

    def split(self, weights: Floats) -> tuple[Floats, Floats]:
        """Those of words and those of characters."""
        border = len(self.columns_[0])
        return weights[:border], weights[border:]

    def count_words(self, reading: Reading) -> Rows:
        """A row for each text and part, in the columns of words."""
        return self.columns_[0][reading.counted(*self._word_kinds)]

    def _linear(self, weights: Floats) -> Linear:
        kinds = (*self._word_kinds, self.chars.ngrams.kind)
        weighings = [(part.length, part.credible) for part in (*self.words, self.chars)]
        return Linear(kinds, weighings, self.columns_, self.idf_, self.vocabulary_, weights)

    def _learnt(self, texts: Iterable[str]) -> Iterator[Reading]:
        """The texts, whose words are known from now on."""
        self.vocabulary_ = Vocabulary()
        for reading in readings(texts, *self._word_kinds):
            self.vocabulary_.add(reading)
            yield reading

    def _counts(
        self, readings: Iterable[Reading], columns: Sequence[Columns] | None = None
    ) -> list[Rows]:
        """Those of words, a row for each text and part, and those of characters; in all columns,
        or in these alone."""
        counts: list[list[Rows]] = [[], []]
        for reading in readings:
            for number, kinds in enumerate((self._word_kinds, [self.chars.ngrams.kind])):
                found = reading.counted(*kinds)
                counts[number].append(found if columns is None else columns[number][found])
        return list(map(stacked, counts))

    def _fit_counts(self, readings: Iterable[Reading]) -> list[Rows]:
        """Chooses the columns that enough texts have; the counts in these."""
        counts = self._counts(readings)
        texts = len(counts[1])
        kinds = (self._word_ngrams, [self.chars.ngrams])
        widths = [sum(1 << each.bits for each in ngrams) for ngrams in kinds]
        having = [
            np.bincount(part.indices, minlength=width)
            for part, width in zip(counts, widths, strict=True)
        ]
        enough = [often >= self.min_texts for often in having]
        # The smoothed inverse document frequency, as scikit-learn's TfidfTransformer has it.
        idf = [np.log((1 + texts) / (1 + often)) + 1 for often in having]
        self.idf_ = [whole[e].astype(np.float32) for whole, e in zip(idf, enough, strict=True)]
        self.columns_ = tuple(map(Columns.kept, enough, kinds))
        return [kept[part] for kept, part in zip(self.columns_, counts, strict=True)]

    @property
    def _word_ngrams(self) -> list[HashedNgrams]:
        return [part.ngrams for part in self.words]

    @property
    def _word_kinds(self) -> list[Kind]:
        return [ngrams.kind for ngrams in self._word_ngrams]

    def _weighed(self, words: Rows, chars: Rows) -> csr_matrix:
        both = (
            weigh_words(words, self.idf_[0], self.words),
            _weigh_chars(chars, self.idf_[1], self.chars),
        )
        widths = map(len, self.columns_)
        return hstack([kind.matrix(width) for kind, width in zip(both, widths, strict=True)], "csr")


def weigh_words(counts: Rows, idf: Floats, parts: Sequence[Part]) -> Rows:
    """Turns counts into TF-IDF, in place, and all rows of a text into one."""
    data, row = counts.data, counts.row
    np.log(data, out=data)
    data += 1
    data *= idf[counts.indices]
    # Added up row by row in double precision: a mail's figures don't depend on its batch.
    squares = np.bincount(row, np.square(data), minlength=len(counts))
    length, credible = np.array([(part.length, part.credible) for part in parts]).T
    data *= _scale(squares.reshape(-1, len(parts)), length, credible).ravel()[row]
    return Rows(data, counts.indices, counts.indptr[:: len(parts)])


def _scale(squares: NDArray[Any], length: Any, credible: Any) -> Floats:
    shorter = squares**1.5 / np.maximum(squares**2 + credible**4, _TINY)
    scale: Floats = (length * shorter).astype(np.float32)
    return scale


def _weigh_chars(counts: Rows, idf: Floats, part: Part) -> Rows:
    """The same for characters. A text's squared length is the sum of its spellings' lengths."""
    weight, row = idf[counts.indices], counts.row
    squares = np.bincount(row, counts.data * np.square(weight), minlength=len(counts))
    counts.data *= weight * part.scale(squares)[row]
    return counts

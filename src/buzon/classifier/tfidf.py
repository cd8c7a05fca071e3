"""TF-IDF over words and characters side by side, and its product with a linear model's weights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from buzon.classifier.cores import in_halves, on_two_cores, shared
from buzon.classifier.estimator import Transformer
from buzon.classifier.features import Columns, HashedNgrams
from buzon.classifier.linear import Linear, Projection
from buzon.classifier.reading import Kind, Places, Reading, readings
from buzon.classifier.sparse import Rows
from buzon.classifier.vocabulary import Vocabulary

Floats = NDArray[np.float32]
Counts = tuple[Rows, Rows]  # of a chunk: of words, a row for each text and part; of characters

_TINY = np.finfo(np.float32).tiny
_NONE = np.zeros(0, dtype=np.int32)


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


@dataclass(frozen=True)
class Learnt:
    """Texts to be learnt from: their counts, chunk by chunk; in how many of them each column of
    words, and each of characters, occurs; and their words."""

    counts: list[Counts]
    often: list[NDArray[np.intp]]
    vocabulary: Vocabulary


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
        self._choose(self._learnt(list(texts)), _NONE)
        return self

    def fit_transform(
        self, texts: Iterable[str], y: Any = None, *, also: Places = _NONE
    ) -> csr_matrix:
        """What `transform` makes of the texts that it is fitted to. Of words, the columns of `also`
        are features too, however few of these texts have them."""
        halves = self._learnt(list(texts))
        self._choose(halves, also)
        return self._weighed_together(halves)

    def transform(self, texts: Iterable[str]) -> csr_matrix:
        counts = list(map(self._counts, readings(texts, *self._word_kinds)))
        room = sum(len(part.data) for chunk in counts for part in chunk)
        data, indices = np.empty(room, dtype=np.float32), np.empty(room, dtype=np.int32)
        borders = self._weigh(counts, data, indices)
        return Rows(data[: borders[-1]], indices[: borders[-1]], borders).matrix(self.width)

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
        found.append(Projection(np.zeros((0, weights.shape[1]), dtype=np.float32), _NONE, _NONE))
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

    def _learnt(self, texts: Sequence[str]) -> list[Learnt]:
        return on_two_cores(self._read, in_halves(texts))

    def _read(self, texts: Sequence[str]) -> Learnt:
        widths = [sum(1 << each.bits for each in ngrams) for ngrams in self._ngrams]
        found = Learnt([], [np.zeros(width, dtype=np.intp) for width in widths], Vocabulary())
        for reading in readings(texts, *self._word_kinds):
            found.vocabulary.add(reading)
            counts = self._counts(reading)
            found.counts.append(counts)
            for width, often, part in zip(widths, found.often, counts, strict=True):
                np.add(often, np.bincount(part.indices, minlength=width), out=often)
        return found

    def _counts(self, reading: Reading) -> Counts:
        return reading.counted(*self._word_kinds), reading.counted(self.chars.ngrams.kind)

    def _choose(self, halves: Sequence[Learnt], also: Places) -> None:
        """Chooses the columns that enough texts have, and knows their words from now on."""
        texts = sum(len(chars) for half in halves for _, chars in half.counts)
        having = [sum(often) for often in zip(*(half.often for half in halves), strict=True)]
        enough = [often >= self.min_texts for often in having]
        enough[0][also] = True
        # The smoothed inverse document frequency, as scikit-learn's TfidfTransformer has it.
        idf = [np.log((1 + texts) / (1 + often)) + 1 for often in having]
        self.idf_ = [whole[e].astype(np.float32) for whole, e in zip(idf, enough, strict=True)]
        self.columns_ = tuple(map(Columns.kept, enough, self._ngrams))
        self.vocabulary_ = Vocabulary()
        for half in halves:
            self.vocabulary_.join(half.vocabulary)

    @property
    def _ngrams(self) -> tuple[list[HashedNgrams], list[HashedNgrams]]:
        """Those of words, and those of characters."""
        return [part.ngrams for part in self.words], [self.chars.ngrams]

    @property
    def _word_kinds(self) -> list[Kind]:
        return [part.ngrams.kind for part in self.words]

    def _weighed_together(self, halves: Sequence[Learnt]) -> csr_matrix:
        """Each half is weighed on a core of its own, into memory that both see."""
        kept = [columns.place >= 0 for columns in self.columns_]
        room = [sum(map(np.dot, half.often, kept)) for half in halves]
        starts = np.cumsum([0, *room])
        data, indices = shared(np.float32, starts[-1]), shared(np.int32, starts[-1])
        borders = on_two_cores(
            lambda at: self._weigh(halves[at].counts, data[starts[at] :], indices[starts[at] :]),
            range(len(halves)),
        )
        ends = [start + each[1:] for start, each in zip(starts, borders, strict=False)]
        return Rows(data, indices, np.concatenate([[0], *ends])).matrix(self.width)

    def _weigh(self, counts: Sequence[Counts], data: Floats, indices: Places) -> Places:
        """Writes the entries of the texts' rows, chunk by chunk, as long as the processor's cache
        holds it, and tells where each row begins, and where the last one ends."""
        borders, end = [np.zeros(1, dtype=np.int32)], 0
        for chunk in map(self._weighed, counts):
            start, end = end, end + chunk.nnz
            data[start:end], indices[start:end] = chunk.data, chunk.indices
            borders.append(start + chunk.indptr[1:])
        return np.concatenate(borders)

    def _weighed(self, counts: Counts) -> csr_matrix:
        words, chars = (kept[part] for kept, part in zip(self.columns_, counts, strict=True))
        both = (
            weigh_words(words, self.idf_[0], self.words),
            _weigh_chars(chars, self.idf_[1], self.chars),
        )
        widths = map(len, self.columns_)
        return hstack([kind.matrix(width) for kind, width in zip(both, widths, strict=True)], "csr")


def weigh_words(counts: Rows, idf: Floats, parts: Sequence[Part]) -> Rows:
    """Turns counts into TF-IDF, in place, and all rows of a text into one."""
    data = counts.data
    np.log(data, out=data)
    data += 1
    data *= idf.take(counts.indices, mode="clip")
    # Added up row by row in double precision: a mail's figures don't depend on its batch.
    squares = np.bincount(counts.row, np.square(data), minlength=len(counts))
    length, credible = np.array([(part.length, part.credible) for part in parts]).T
    data *= counts.spread(_scale(squares.reshape(-1, len(parts)), length, credible).ravel())
    return Rows(data, counts.indices, counts.indptr[:: len(parts)])


def _scale(squares: NDArray[Any], length: Any, credible: Any) -> Floats:
    shorter = squares**1.5 / np.maximum(squares**2 + credible**4, _TINY)
    scale: Floats = (length * shorter).astype(np.float32)
    return scale


def _weigh_chars(counts: Rows, idf: Floats, part: Part) -> Rows:
    """The same for characters. A text's squared length is the sum of its spellings' lengths."""
    weight = idf.take(counts.indices, mode="clip")
    squares = np.bincount(counts.row, counts.data * np.square(weight), minlength=len(counts))
    counts.data *= weight * counts.spread(part.scale(squares))
    return counts

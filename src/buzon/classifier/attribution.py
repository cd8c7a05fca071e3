"""What each character of a text adds to a linear model's score, exactly.

What an n-gram of words adds is divided evenly over the times it occurs, then over its one or two
words, then over their characters. Of characters the model counts distinct spellings: what an n-gram
adds is divided evenly over its own characters, spaces left out, and over the times its spelling
occurs. Several n-grams in one column of the hashed features can't be told apart by the model
either: they share what the column adds by how often each occurs.
"""

import numpy as np
from numpy.typing import NDArray

from buzon.classifier.codes import SPACE
from buzon.classifier.reading import Codes, Places, Reading
from buzon.classifier.tfidf import Floats, TfidfUnion, weigh_words

Contrast = NDArray[np.float64]
Weights = NDArray[np.float64]


def attribute(union: TfidfUnion, reading: Reading, weights: Floats, contrast: Contrast) -> Weights:
    """What each code of a single text adds to `transform([text]) @ weights @ contrast`.

    `weights` has the shape (width, k), `contrast` (k,), the result (n,) for n codes; spaces add
    nothing.
    """
    of_words, of_chars = union.split(weights)
    return _by_words(union, reading, of_words, contrast) + _by_spellings(
        union, reading, of_chars, contrast
    )


def _by_words(union: TfidfUnion, reading: Reading, weights: Floats, contrast: Contrast) -> Weights:
    counts = union.count_words(reading)
    often = counts.data.astype(np.float64)
    row = weigh_words(counts, union.idf_[0], union.words)
    each = row.data * (weights[row.indices] @ contrast) / often
    of_word = np.zeros(len(reading["word_start"]))
    border = 0
    for ngrams in (part.ngrams for part in union.words):
        listed, *ends = reading.listed(ngrams.kind)
        columns = union.columns_[0].place[listed + border]
        known = columns >= 0
        share = np.zeros(len(columns))
        share[known] = each[np.searchsorted(row.indices, columns[known])] / 2
        for word in ends:
            of_word += np.bincount(word, share, len(of_word))
        border += 1 << ngrams.bits
    return _spread(reading["code"], reading["word_start"], reading["word_end"], of_word)


def _by_spellings(
    union: TfidfUnion, reading: Reading, weights: Floats, contrast: Contrast
) -> Weights:
    listed, begins, ends = reading.listed(union.chars.ngrams.kind)
    columns = union.columns_[1].place[listed]
    known = columns >= 0
    idf = union.idf_[1][columns[known]].astype(np.float64)
    scale = union.chars.scale(np.square(idf).sum(keepdims=True))
    share = np.zeros(len(columns))
    share[known] = idf * (weights[columns[known]] @ contrast) * scale
    code = reading["code"]
    at_first = _spread(code, begins, ends, share)
    # Each run is given an even part of what stands at the first that is spelt so.
    start, spelling = reading["run_start"], reading["run_spelling"]
    lengths = reading["run_end"] - start
    _, first, often = np.unique(spelling, return_index=True, return_counts=True)
    shift = start[first][spelling] - (np.cumsum(lengths) - lengths)
    added = np.zeros(len(code))
    added[code != SPACE] = at_first[np.arange(lengths.sum()) + np.repeat(shift, lengths)]
    added[code != SPACE] /= np.repeat(often[spelling], lengths)
    return added


def _spread(code: Codes, start: Places, end: Places, share: Weights) -> Weights:
    """Shares of pieces of a text, divided over the codes that are no space: (n,)."""
    filled = code != SPACE
    so_far = np.concatenate([[0], np.cumsum(filled)])
    each = share / (so_far[end] - so_far[start])
    step = np.zeros(len(code) + 1)
    np.add.at(step, start, each)
    np.subtract.at(step, end, each)
    added: Weights = np.cumsum(step)[:-1] * filled
    return added

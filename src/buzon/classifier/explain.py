"""Why a mail got its category: what each of its words adds to the lead over the runner-up.

The model is linear, so the lead is a sum over n-grams, and nothing here is estimated. What an
n-gram adds is divided over the characters that it is made of (see attribution).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from buzon.classifier.attribution import Contrast, Weights, attribute
from buzon.classifier.codes import FIELD_END, SPACE, join_fields, read_subject
from buzon.classifier.reading import Codes, Places, reading
from buzon.classifier.tfidf import Floats, TfidfUnion

Field = Literal["subject", "body"]

_NOTHING = 1e-12  # what rounding leaves of a sum that is zero


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that speak for the category, or against it where their weight is negative. `start` and
    `end` are places in the field: its text from there to there is `text`."""

    field: Field
    start: int
    end: int
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a mail is held to be of one category rather than of the runner-up. `margin`, the lead in
    the model's unscaled scores, is the sum of the phrases' weights and of `rest`: what comes of
    the text as a whole, as dense features do."""

    category: str
    runner_up: str
    margin: float
    phrases: tuple[Phrase, ...]  # in the order of the text
    rest: float


def phrases(
    features: TfidfUnion, weights: Floats, contrast: Contrast, subject: str, body: str
) -> tuple[Phrase, ...]:
    """What every part of a mail adds to `transform([mail]) @ weights @ contrast`.

    `weights` has the shape (width, k), `contrast` (k,). Neighbouring words make one phrase where
    they speak for the same and each counts for more than the average word.
    """
    text = join_fields(subject, body)
    with reading(text) as read:
        start, end = _units(read["code"], read["word_start"])
        if not len(start):
            return ()
        added = np.add.reduceat(attribute(features, read, weights, contrast), start)
        line = np.cumsum(read["line_end"], dtype=np.intp)[start]
        place = read["place"] - 1  # in the text, which stands behind a space here
    first = np.flatnonzero(~_goes_on(added, line))
    last = np.append(first[1:], len(start)) - 1
    spans = zip(place[start[first]].tolist(), place[end[last]].tolist(), strict=True)
    weighed = np.add.reduceat(added, first).tolist()
    border = len(read_subject(subject, body)) + len(FIELD_END)
    return tuple(
        _phrase(text, border, span, weight)
        for span, weight in zip(spans, weighed, strict=True)
        if abs(weight) > _NOTHING
    )


def _units(code: Codes, words: Places) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where words begin and end, each with the marks that follow it; marks before a word are a
    unit of their own. `words` is where the words alone begin."""
    space = code == SPACE
    begins = np.zeros(len(space), dtype=bool)
    begins[1:] = space[:-1] & ~space[1:]
    begins[words] = True
    start, gaps = np.flatnonzero(begins), np.flatnonzero(space)
    run_end = gaps[np.searchsorted(gaps, start)]
    return start, np.minimum(run_end, np.append(start[1:], len(space)))


def _goes_on(added: Weights, line: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which units belong to the phrase of the one before."""
    matters: NDArray[np.bool_] = np.abs(added) >= np.abs(added).mean()
    for_it = added > 0
    goes_on = matters.copy()
    goes_on[0] = False
    goes_on[1:] &= matters[:-1] & (for_it[1:] == for_it[:-1]) & (line[1:] == line[:-1])
    return goes_on


def _phrase(text: str, border: int, span: tuple[int, int], weight: float) -> Phrase:
    start, end = span
    if start < border:
        return Phrase("subject", start, end, text[start:end], weight)
    return Phrase("body", start - border, end - border, text[start:end], weight)

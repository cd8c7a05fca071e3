"""The model at work: from texts to calibrated probabilities."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from buzon.classifier import calibrate, explain
from buzon.classifier.calibrate import Decisions
from buzon.classifier.codes import join_fields
from buzon.classifier.embed import Embedder
from buzon.classifier.explain import Explanation
from buzon.classifier.linear import Projection
from buzon.classifier.measure import Probabilities
from buzon.classifier.strangers import Strangers
from buzon.classifier.tfidf import Floats, TfidfUnion
from buzon.classifier.waves import waves
from buzon.records import Prediction

_PLACES = 6
_BATCH = 1024
DENSE_SCALE = 2.0  # of the dense features, beside sparse ones of length √2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classifier:
    """A linear model over hashed n-grams. It holds no state while it predicts, so any number of
    threads may share it.

    `weights` has the shape (width, k), `dense_weights` (waves.WIDTH, k) where there is an
    embedder; there are `strangers` where there are many categories. There is no intercept, so a
    text that says nothing the model knows is equally likely to be anything. `metrics` were measured
    out of fold, on mails of writers that the model hadn't seen. `left_out` counts the examples of
    categories too rare to be learnt; in the `unconfirmed` no mail is to be handled alone.
    """

    version: str
    trained_at: datetime  # UTC
    classes: tuple[str, ...]
    features: TfidfUnion
    weights: Floats
    temperature: float
    metrics: dict[str, float]
    left_out: dict[str, int]
    embedder: Embedder | None = None
    dense_weights: Floats | None = None
    strangers: Strangers | None = None
    unconfirmed: frozenset[str] = frozenset()

    def classify(self, texts: Sequence[tuple[str, str]]) -> list[Prediction]:
        """What it thinks of mails, each a subject and the newest text of its body."""
        return [
            prediction
            for start in range(0, len(texts), _BATCH)
            for prediction in self._predictions(texts[start : start + _BATCH])
        ]

    def explain(self, subject: str, body: str, category: str, runner_up: str) -> Explanation:
        """What in a mail speaks for one of the `classes` and against another."""
        names = self.classes_
        contrast = (names == category).astype(np.float64) - (names == runner_up)
        phrases = explain.phrases(self.features, self.weights, contrast, subject, body)
        rest = float(self._dense_scores([join_fields(subject, body)])[0] @ contrast)
        margin = math.fsum([rest, *(phrase.weight for phrase in phrases)])
        return Explanation(category, runner_up, margin, phrases, rest)

    def predict(self, texts: Iterable[str]) -> NDArray[np.str_]:
        """The category of each text ("subject\\n\\nbody"), as a scikit-learn pipeline gives it."""
        labels: NDArray[np.str_] = self.classes_[self.decision_function(texts).argmax(axis=1)]
        return labels

    def predict_proba(self, texts: Iterable[str]) -> Probabilities:
        """Calibrated probabilities, of shape (texts, k), in the order of `classes`."""
        return self._found(list(texts))[0]

    def decision_function(self, texts: Iterable[str]) -> Decisions:
        """Unscaled scores, float32 of shape (texts, k)."""
        texts = list(texts)
        return self.features.project(texts, self.weights).scores + self._dense_scores(texts)

    @property
    def classes_(self) -> NDArray[np.str_]:
        """The name under which scikit-learn's tools look for `classes`."""
        return np.array(self.classes)

    def _predictions(self, texts: Sequence[tuple[str, str]]) -> Iterator[Prediction]:
        likely, found = self._found([join_fields(*text) for text in texts])
        rounded = likely.round(_PLACES)
        columns = (rounded, rounded.argmax(axis=1), found.words, found.unknown_words)
        for row, best, words, unknown in zip(*(c.tolist() for c in columns), strict=True):
            named = dict(zip(self.classes, row, strict=True))
            yield Prediction(self.classes[best], row[best], named, self.version, words, unknown)

    def _found(self, texts: Sequence[str]) -> tuple[Probabilities, Projection]:
        found = self.features.project(texts, self.weights)
        scores = found.scores + self._dense_scores(texts)
        likely = calibrate.probabilities(scores, self.temperature)
        if self.strangers:
            likely = self.strangers.heeded(likely, scores, found.unknown_words, self.temperature)
        return likely, found

    def _dense_scores(self, texts: Sequence[str]) -> Decisions:
        """What the embedder's features add to the scores: of shape (texts, k)."""
        if self.embedder is None or self.dense_weights is None:
            return np.zeros((len(texts), len(self.classes)), dtype=np.float32)
        dense: Decisions = embedded(self.embedder, texts) @ self.dense_weights
        return dense


def embedded(embedder: Embedder, texts: Sequence[str]) -> Floats:
    """The dense features of texts, of shape (texts, waves.WIDTH) and length DENSE_SCALE."""
    return waves(embedder.encode(texts)) * np.float32(DENSE_SCALE)

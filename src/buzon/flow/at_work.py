"""The model, the threshold and the answers that hold now. What people change replaces them while
mails come in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from buzon.mail.quiet import Quiet
from buzon.mail.templates import Templates
from buzon.records import NOT_ANSWERED, Prediction

if TYPE_CHECKING:
    from buzon.classifier.explain import Explanation

NOBODY_IS_SURE = 1.01  # above every confidence: each mail goes to a person


class Classifier(Protocol):
    """What we need of a model: subject and text in, predictions out, and what speaks for one of
    its categories and against another."""

    @property
    def version(self) -> str: ...

    @property
    def unconfirmed(self) -> frozenset[str]: ...

    def classify(self, texts: Sequence[tuple[str, str]]) -> list[Prediction]: ...

    def explain(self, subject: str, body: str, category: str, runner_up: str) -> "Explanation": ...


@dataclass(frozen=True, slots=True)
class Answering:
    """How mails are answered: what is said, in which categories not at all, and when it waits."""

    templates: Templates = field(default_factory=Templates)
    switched_off: frozenset[str] = frozenset()
    quiet: Quiet = field(default_factory=Quiet)

    def quiet_until(self, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours end; None where there are none now."""
        return self.quiet.until(datetime.now(UTC), zone)


@dataclass(frozen=True, slots=True)
class Rules:
    """What one batch is judged by. `renamed`: by the name that the model knows a category by, the
    present one, None for one that is retired."""

    classifier: Classifier
    threshold: float
    renamed: Mapping[str, str | None] = field(default_factory=dict)
    answering: Answering = field(default_factory=Answering)

    def classify(self, texts: Sequence[tuple[str, str]]) -> list[Prediction]:
        predictions = self.classifier.classify(texts)
        if self.renamed:
            predictions = [self._under_present_names(prediction) for prediction in predictions]
        return [
            prediction if _says_something(text) else _of_nothing(prediction)
            for text, prediction in zip(texts, predictions, strict=True)
        ]

    def explain(self, subject: str, body: str) -> "Explanation":
        """Why a mail is held to be of its category and not of the next likely one. Of categories
        that were merged the likeliest speaks; where there is no other category, nothing does."""
        (said,) = self.classifier.classify([(subject, body)])
        named = self._under_present_names(said)
        category = (named if _says_something((subject, body)) else _of_nothing(named)).category
        ranked = sorted(said.probabilities, key=lambda name: -said.probabilities[name])
        first = next((name for name in ranked if self._present(name) == category), ranked[0])
        second = next((n for n in ranked if self._present(n) not in (category, None)), first)
        found = self.classifier.explain(subject, body, first, second)
        return replace(found, category=category, runner_up=self._present(second) or category)

    def unsure(self, prediction: Prediction) -> bool:
        return prediction.confidence < self.needed(prediction.category)

    def needed(self, category: str) -> float:
        """How sure one must be that a mail is of this category to handle it without a person."""
        return NOBODY_IS_SURE if category in self.unconfirmed else self.threshold

    @property
    def unconfirmed(self) -> frozenset[str]:
        """The categories in which no mail is handled without a person, by their present names."""
        present = map(self._present, self.classifier.unconfirmed)
        return frozenset(name for name in present if name is not None)

    def _under_present_names(self, prediction: Prediction) -> Prediction:
        """Two categories that were merged share their probabilities. What the model holds a retired
        one for stays a doubt, so that no other looks surer than it is."""
        merged: dict[str, float] = {}
        for name, probability in prediction.probabilities.items():
            present = self._present(name)
            if present is not None:
                merged[present] = merged.get(present, 0.0) + probability
        category = max(merged, key=lambda name: merged[name], default=NOT_ANSWERED)
        return replace(
            prediction,
            category=category,
            confidence=min(merged.get(category, 0.0), 1.0),
            probabilities=merged,
        )

    def _present(self, name: str) -> str | None:
        return self.renamed.get(name, name)


def _says_something(text: tuple[str, str]) -> bool:
    return any(map(str.strip, text))


def _of_nothing(prediction: Prediction) -> Prediction:
    """A mail without a word: whatever a model says of it, it is no request, and a person looks."""
    return replace(prediction, category=NOT_ANSWERED, confidence=0.0)


class AtWork:
    """Holds the rules in force; whoever judges takes them once for a batch."""

    def __init__(self, classifier: Classifier, threshold: float) -> None:
        self.rules = Rules(classifier, threshold)

    @property
    def version(self) -> str:
        return self.rules.classifier.version

    def change(
        self,
        *,
        classifier: Classifier | None = None,
        threshold: float | None = None,
        renamed: Mapping[str, str | None] | None = None,
        answering: Answering | None = None,
    ) -> None:
        """Put new rules in force for the batches to come; None leaves a rule as it is. Where none
        changes, `rules` stays the same object: by that those who judged ahead know it."""
        old = self.rules
        new = Rules(
            classifier or old.classifier,
            old.threshold if threshold is None else threshold,
            old.renamed if renamed is None else renamed,
            answering or old.answering,
        )
        if new != old:
            self.rules = new

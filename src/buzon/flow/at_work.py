"""The model and the threshold that hold now. A promotion replaces them while mails come in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from buzon.records import NOT_ANSWERED, Prediction


class Classifier(Protocol):
    """What we need of a model: subject and text in, predictions out."""

    @property
    def version(self) -> str: ...

    def classify(self, texts: Sequence[tuple[str, str]]) -> list[Prediction]: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What one batch is judged by. `renamed`: by the name that the model knows a category by, the
    present one, None for one that is retired."""

    classifier: Classifier
    threshold: float
    renamed: Mapping[str, str | None] = field(default_factory=dict)

    def classify(self, texts: Sequence[tuple[str, str]]) -> list[Prediction]:
        predictions = self.classifier.classify(texts)
        if not self.renamed:
            return predictions
        return [self._under_present_names(prediction) for prediction in predictions]

    def unsure(self, prediction: Prediction) -> bool:
        return prediction.confidence < self.threshold

    def _under_present_names(self, prediction: Prediction) -> Prediction:
        """Two categories that were merged share their probabilities. What the model holds a retired
        one for stays a doubt, so that no other looks surer than it is."""
        merged: dict[str, float] = {}
        for name, probability in prediction.probabilities.items():
            present = self.renamed.get(name, name)
            if present is not None:
                merged[present] = merged.get(present, 0.0) + probability
        category = max(merged, key=lambda name: merged[name], default=NOT_ANSWERED)
        return replace(
            prediction,
            category=category,
            confidence=min(merged.get(category, 0.0), 1.0),
            probabilities=merged,
        )


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
    ) -> None:
        """Put new rules in force for the batches to come; None leaves a rule as it is."""
        old = self.rules
        self.rules = Rules(
            classifier or old.classifier,
            old.threshold if threshold is None else threshold,
            old.renamed if renamed is None else renamed,
        )

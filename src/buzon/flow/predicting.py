"""What the model says of texts that are not kept."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from buzon.flow.at_work import Rules
from buzon.flow.intake import Flow
from buzon.flow.together import Together
from buzon.mail import clean, language
from buzon.records import Prediction

MOST = 8  # who ask that are looked at in one go
LARGE = 200_000  # characters; who brings more goes alone

Texts = Sequence[tuple[str, str]]  # subjects and texts


@dataclass(frozen=True, slots=True)
class Predicted:
    """What is said of a text, in which language it is, and whether a person should look."""

    prediction: Prediction
    language: str
    needs_review: bool


class Predicting:
    """Asks the model, for those who ask at the same time together and in one thread: each thread
    more takes a kernel that knows the model, and Python runs in one at a time anyway."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._together = Together(self._predict_each, most=MOST, alone=_are_large)

    async def predict(self, texts: Texts) -> Sequence[Predicted]:
        """What is said of each text, in their order."""
        return await self._together.ask(texts)

    async def _predict_each(self, asked: Sequence[Texts]) -> list[Sequence[Predicted]]:
        texts = [text for some in asked for text in some]
        found = iter(await asyncio.to_thread(_predict, self._flow.at_work.rules, texts))
        return [[next(found) for _ in some] for some in asked]


def _are_large(texts: Texts) -> bool:
    return sum(len(subject) + len(text) for subject, text in texts) > LARGE


def _predict(rules: Rules, texts: Texts) -> list[Predicted]:
    newest = [(subject, clean.newest(text)) for subject, text in texts]
    if not newest:
        return []
    languages = language.detect_all([f"{text}\n{subject}" for subject, text in newest])
    return [
        Predicted(prediction, spoken, rules.unsure(prediction))
        for prediction, spoken in zip(rules.classify(newest), languages, strict=True)
    ]

"""What the model says of texts that are not kept."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from buzon.flow.at_work import Rules
from buzon.flow.intake import Flow
from buzon.mail import clean, language
from buzon.records import Prediction


@dataclass(frozen=True, slots=True)
class Predicted:
    """What is said of a text, in which language it is, and whether a person should look."""

    prediction: Prediction
    language: str
    needs_review: bool


async def predict(flow: Flow, texts: Sequence[tuple[str, str]]) -> list[Predicted]:
    """Ask the model about subjects and texts, all at once, in a thread; in their order."""
    return await asyncio.to_thread(_predict, flow.at_work.rules, texts)


def _predict(rules: Rules, texts: Sequence[tuple[str, str]]) -> list[Predicted]:
    newest = [(subject, clean.newest(text)) for subject, text in texts]
    if not newest:
        return []
    languages = language.detect_all([f"{text}\n{subject}" for subject, text in newest])
    return [
        Predicted(prediction, spoken, rules.unsure(prediction))
        for prediction, spoken in zip(rules.classify(newest), languages, strict=True)
    ]

"""`buzon classify`."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buzon.cli.classifiers import load_classifier
from buzon.config import Settings
from buzon.flow import AtWork
from buzon.flow.explaining import explain_whole
from buzon.mail.parse import parse
from buzon.records import Message, RawMail

if TYPE_CHECKING:
    from buzon.classifier.explain import Explanation

HEADER_NAMES = (
    b"from:",
    b"to:",
    b"subject:",
    b"date:",
    b"message-id:",
    b"received:",
    b"return-path:",
)


def classify(
    settings: Settings, content: bytes, model: Path | None, *, explain: bool
) -> dict[str, Any]:
    """What a model says of a mail, or of a text that is none, and why; places of the explanation
    are those in its whole text, though only the newest is read. Raises ModelError."""
    message = _message(content)
    rules = AtWork(load_classifier(settings, model), settings.confidence).rules
    (prediction,) = rules.classify([(message.subject, message.newest)])
    answer = {
        "category": prediction.category,
        "confidence": prediction.confidence,
        "needs_review": rules.unsure(prediction),
        "probabilities": prediction.probabilities,
        "language": message.language,
        "model_version": prediction.model_version,
    }
    if explain:
        explanation = explain_whole(rules, message.subject, message.text)
        answer["explanation"] = _weightiest_first(explanation)
    return answer


def _weightiest_first(explanation: "Explanation") -> dict[str, Any]:
    phrases = sorted(explanation.phrases, key=lambda phrase: -abs(phrase.weight))
    return asdict(replace(explanation, phrases=tuple(phrases)))


def _message(content: bytes) -> Message:
    mail = (
        content
        if _is_mail(content)
        else b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + content
    )
    return parse(RawMail("", mail, datetime.now(UTC), "import", len(mail)))


def _is_mail(content: bytes) -> bool:
    """Whether it begins with a header of a mail, rather than with the words of a customer."""
    return content.lstrip()[:100].lower().startswith((*HEADER_NAMES, b"from "))

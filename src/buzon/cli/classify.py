"""`buzon classify`."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buzon.cli.classifiers import load_classifier
from buzon.config import Settings
from buzon.flow import AtWork
from buzon.mail.parse import parse
from buzon.records import RawMail

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
    """What a model says of a mail, or of a text that is none, and why. Raises ModelError."""
    subject, text, language = _fields(content)
    rules = AtWork(load_classifier(settings, model), settings.confidence).rules
    (prediction,) = rules.classify([(subject, text)])
    answer = {
        "category": prediction.category,
        "confidence": prediction.confidence,
        "needs_review": prediction.confidence < settings.confidence,
        "probabilities": prediction.probabilities,
        "language": language,
        "model_version": prediction.model_version,
    }
    if explain:
        answer["explanation"] = _weightiest_first(rules.explain(subject, text))
    return answer


def _weightiest_first(explanation: "Explanation") -> dict[str, Any]:
    phrases = sorted(explanation.phrases, key=lambda phrase: -abs(phrase.weight))
    return asdict(replace(explanation, phrases=tuple(phrases)))


def _fields(content: bytes) -> tuple[str, str, str]:
    mail = (
        content
        if _is_mail(content)
        else b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + content
    )
    message = parse(RawMail("", mail, datetime.now(UTC), "import", len(mail)))
    return message.subject, message.newest, message.language


def _is_mail(content: bytes) -> bool:
    """Whether it begins with a header of a mail, rather than with the words of a customer."""
    return content.lstrip()[:100].lower().startswith((*HEADER_NAMES, b"from "))

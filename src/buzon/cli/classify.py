"""`buzon classify`."""

from datetime import UTC, datetime
from typing import Any

from buzon.cli.parts import load_classifier
from buzon.config import Settings
from buzon.mail.parse import parse
from buzon.records import RawMail

HEADER_NAMES = (
    b"from:",
    b"to:",
    b"subject:",
    b"date:",
    b"message-id:",
    b"received:",
    b"return-path:",
)


def classify(settings: Settings, content: bytes) -> dict[str, Any]:
    """What the model says of a mail, or of a text that is none."""
    subject, text, language = _fields(content)
    (prediction,) = load_classifier(settings).classify([(subject, text)])
    return {
        "category": prediction.category,
        "confidence": prediction.confidence,
        "needs_review": prediction.confidence < settings.confidence,
        "probabilities": prediction.probabilities,
        "language": language,
        "model_version": prediction.model_version,
    }


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

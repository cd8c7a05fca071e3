"""What the codes in the data are called on the pages, and how each looks."""

from dataclasses import dataclass
from typing import Literal

from buzon.records import Event, ReplyStatus
from buzon.web.language import _

CATEGORIES = {
    "pedido": _("Order"),
    "incidencia": _("Incident"),
    "consulta": _("Query"),
    "reclamacion": _("Complaint"),
    "otro": _("Other"),
}

LANGUAGE_NAMES = {
    "es": _("Spanish"), "en": _("English"), "fr": _("French"), "de": _("German"),
    "it": _("Italian"), "pt": _("Portuguese"), "ca": _("Catalan"),
}  # fmt: skip

SURE = _("Certain category: it got that category's answer.")
UNSURE = _("Uncertain category: it got the neutral answer.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the answer: an icon's name, a tone (a colour with a meaning), words."""

    icon: str
    tone: Literal["good", "quiet", "waiting", "warning", "bad"]
    text: str


OUTCOMES: dict[ReplyStatus, Outcome] = {
    "queued": Outcome("clock", "waiting", _("Waiting to be sent")),
    "sending": Outcome("clock", "waiting", _("Being sent")),
    "sent": Outcome("reply", "good", _("Answered")),
    "failed": Outcome("alert", "bad", _("Could not be sent")),
    "held": Outcome("pause", "warning", _("Held back by the hourly limit")),
    "kept": Outcome("box", "quiet", _("Kept in the sandbox, not sent")),
    "handed": Outcome("reply", "good", _("Handed to the external sender")),
}
NOT_ANSWERED = Outcome("none", "quiet", _("Not answered"))


def outcome(event: Event) -> Outcome:
    return OUTCOMES[event.reply.status] if event.reply else NOT_ANSWERED

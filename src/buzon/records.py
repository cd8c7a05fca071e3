"""The nouns: what passes between the parts, as frozen dataclasses.

RawMail → Message → Prediction → Decision → Reply, and the Event that keeps them together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Source = Literal["imap", "smtp", "http", "import"]
ReplyStatus = Literal["queued", "sending", "sent", "failed", "held", "kept", "handed"]

SIZE_LIMIT = 25 * 1024 * 1024  # bytes that are kept of a mail

CATEGORIES = ("pedido", "incidencia", "consulta", "reclamacion", "otro")
NOT_ANSWERED = "otro"
NEUTRAL = "neutral"  # the answer that says nothing of a category
FEWEST_EXAMPLES = 5  # that a category needs to be predicted


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something came out as it did: sentences with a place for each of the `values`, so that
    they can be said in another language."""

    patterns: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """In English."""
        return " ".join(pattern % self.values for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class RawMail:
    """A mail as its source has it. `size` is its whole size in bytes, also where `content` was
    cut to the limit; `arrived_at` (UTC) is the source's word on when it came in."""

    mailbox: str
    content: bytes
    arrived_at: datetime
    source: Source
    size: int = 0
    uid: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is known of an attachment without opening it. `size` is in decoded bytes."""

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail as we understand it. Nothing in it holds U+0000 or a lone surrogate, and every
    field is bounded in size. What was wrong with the mail is told in `defects`."""

    mailbox: str
    source: Source
    message_id: str  # without angle brackets; made from the content where the mail has none
    digest: str  # SHA-256 of subject and text without white space: is it the same mail?
    sender: str  # bare, its domain in lower case and punycode; "" where none is usable
    sender_name: str = ""
    reply_to: str = ""  # bare address where it is single and safe, else ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    sent_at: datetime | None = None  # the Date header, UTC
    arrived_at: datetime  # UTC
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    text: str = ""  # the whole text; made from the HTML where there is no other
    newest: str = ""  # the text without quoted history, signature and disclaimer
    html: str = ""
    language: str = ""  # ISO 639-1, "" where it can't be told
    headers: tuple[tuple[str, str], ...] = ()  # names in lower case, values decoded, in order
    part_types: tuple[str, ...] = ()  # content type of every MIME part, outermost first
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = ()
    size: int = 0

    def header(self, name: str) -> str:
        """The first value of a header, "" where the mail has none."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model thinks. `probabilities` are calibrated and sum to one. Of the `words` of the
    text, `unknown_words` stood in no mail that the model learnt from."""

    category: str
    confidence: float
    probabilities: dict[str, float]
    model_version: str
    words: int = 0
    unknown_words: int = 0


@dataclass(frozen=True, slots=True)
class Sign:
    """One reason not to answer: the rule's stable name and what in the mail set it off."""

    rule: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a mail is answered, and if not, the rules that say so, the weightiest first."""

    answers: bool
    template: str = ""  # a category, or "neutral"
    signs: tuple[Sign, ...] = ()
    held: bool = False  # it deserves an answer, which waits for the global cap


@dataclass(frozen=True, slots=True)
class Template:
    """What answers to the mails of a category, or to those of none ("neutral"), in a language.
    Without a `subject` the answer has the customer's; `version` is None for what comes with Buzón.
    """

    category: str
    language: str
    subject: str
    text: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An automatic answer, ready to be sent. `message_id` is without angle brackets and the
    same however often it is composed for the same event."""

    event_id: int
    message_id: str
    thread_id: str
    mailbox: str
    envelope_from: str  # "" is the null sender of RFC 3834, section 3.3
    from_header: str
    recipient: str
    subject: str
    text: str
    html: str
    template: str = ""  # a category, or "neutral"
    template_version: int | None = None  # None: the one that comes with Buzón
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueuedReply:
    """A reply that a worker has claimed and must try to send."""

    id: int
    attempts: int
    created_at: datetime
    reply: Reply


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt to send: the server's words, whether they are final, and the
    setting that would cure it where there is one."""

    id: int
    status: Literal["sent", "failed", "retry"]
    detail: str
    setting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A mail that was stored, as the pages and the API show it."""

    id: int
    mailbox: str
    message_id: str
    thread_id: str
    source: Source
    received_at: datetime
    stored_at: datetime
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    body: str
    language: str
    category: str
    confidence: float
    probabilities: dict[str, float]
    model_version: str
    needs_review: bool
    true_label: str | None
    answered: bool
    signs: tuple[Sign, ...]
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]
    reply: "SentReply | None"
    done_at: datetime | None = None
    done_by: str | None = None
    audited: bool = False
    forgotten_at: datetime | None = None  # since then nothing in it tells who wrote what

    @property
    def shown(self) -> str:
        """What it counts as: what a person called it, else what the model says."""
        return self.true_label or self.category

    @property
    def was_read(self) -> bool:
        """Whether there was a text for the model to go by: without one it is sure of nothing."""
        return self.confidence > 0 or bool((self.subject + self.body).strip())

    @property
    def waits_for_a_person(self) -> bool:
        return self.needs_review and self.true_label is None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReply:
    """The reply of an event and what became of it."""

    status: ReplyStatus
    message_id: str
    recipient: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    attempts: int
    detail: str
    sent_at: datetime | None
    template: str = ""  # a category, or "neutral"; "" where it was not noted
    template_version: int | None = None  # None: the one that comes with Buzón
    quiet_until: datetime | None = None  # before it is not sent; None where it need not wait
    due_at: datetime | None = None  # to be sent; or, in an external sender's hands, until when
    handed_at: datetime | None = None  # to an external sender; None where it never was
    from_header: str = ""

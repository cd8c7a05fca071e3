"""What goes in and what comes out, as JSON."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from fastapi import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from buzon.records import Event, ReplyStatus, SentReply
from buzon.store.filters import NO_NUL

EXAMPLE: dict[str, JsonValue] = {
    "message_id": "<CAF3x@mail.example.org>",
    "from": "ana@example.org",
    "from_name": "Ana López",
    "to": ["soporte@example.com"],
    "subject": "Pedido de dos cajas",
    "text": "Hola: queremos pedir dos cajas más de la referencia 4410, a la dirección de siempre.",
}


class Mail(BaseModel):
    """A mail in its parts. What is left out is taken as empty; but one of subject, text and html
    has to be there, lest what a caller calls otherwise gets lost."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"example": EXAMPLE})

    sender: str = Field(alias="from", max_length=1000)
    from_name: str = Field("", max_length=1000)
    to: list[str] | str = Field([], description="One address or several.")
    subject: str = Field("", max_length=10_000)
    text: str = ""
    html: str = ""
    message_id: str = Field("", max_length=10_000)
    mailbox: str = Field("", max_length=200, pattern=NO_NUL)
    date: str = Field("", max_length=200, description="As in the mail, or ISO 8601.")
    headers: dict[str, str] = Field({}, description="Other headers; they tell machines apart.")
    in_reply_to: str = Field("", max_length=10_000)
    references: list[str] | str = []

    @model_validator(mode="before")
    @classmethod
    def _without_half_characters(cls, fields: object) -> object:
        """See Text; a mail must not be lost for it."""
        if isinstance(fields, dict):
            return {name: whole(value) for name, value in fields.items()}
        return fields

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set & {"subject", "text", "html"}:
            raise ValueError(
                "there is no subject, no text and no html, so there is nothing to sort."
                " Of a mail that is really empty send an empty text."
            )
        return self


def whole(value: Any) -> Any:
    """A text, or a list or object of texts, without lone surrogates."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [whole(item) if isinstance(item, str) else item for item in value]
    if isinstance(value, dict):
        return {whole(k): whole(v) if isinstance(v, str) else v for k, v in value.items()}
    return value


# JavaScript cuts an emoji in half and sends that.
Text = Annotated[str, BeforeValidator(whole)]


class ReplyOut(BaseModel):
    """The automatic answer. `send` is true only where the caller is to send it, and only once;
    `why` says why it is not answered, or who sends it. `attempts`: how often it was handed out,
    this time included, or tried to be sent; a report gives the number back."""

    model_config = ConfigDict(populate_by_name=True)

    send: bool
    why: str
    sender: str = Field("", alias="from", description="Name and address, as in the header From.")
    to: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    headers: dict[str, str] = {}
    message_id: str = ""
    attempts: int = 0


class ReplyState(ReplyOut):
    """The automatic answer and what became of it."""

    status: ReplyStatus
    detail: str
    sent_at: datetime | None


class Classified(BaseModel):
    event_id: int
    duplicate: bool
    category: str
    confidence: float
    probabilities: dict[str, float]
    language: str
    needs_review: bool
    model_version: str
    reply: ReplyOut


class SignOut(BaseModel):
    rule: str
    evidence: str


class EventOut(BaseModel):
    """A stored mail."""

    id: int
    mailbox: str
    message_id: str
    thread_id: str
    source: str
    received_at: datetime
    stored_at: datetime
    sender: str
    sender_name: str
    recipients: list[str]
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
    not_answered_because: list[SignOut]
    attachments: list[dict[str, Any]]
    defects: list[str]
    reply: ReplyState | None


class EventPage(BaseModel):
    """A page of events, oldest first; `next` is the `after` of the next one, null at the end."""

    items: list[EventOut]
    next: int | None


def as_json(answer: BaseModel) -> Response:
    """What is an answer already: FastAPI would validate it once more."""
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")


def classified(event: Event, *, duplicate: bool) -> Classified:
    return Classified(
        event_id=event.id,
        duplicate=duplicate,
        category=event.category,
        confidence=event.confidence,
        probabilities=event.probabilities,
        language=event.language,
        needs_review=event.needs_review,
        model_version=event.model_version,
        reply=reply_out(event, duplicate=duplicate),
    )


def reply_out(event: Event, *, duplicate: bool) -> ReplyOut:
    reply = event.reply
    if reply is None:
        return ReplyOut(send=False, why=", ".join(sign.rule for sign in event.signs))
    send = not duplicate and _first_hand_out_is_open(reply)
    why = "handed-out-before" if reply.status == "handed" else reply.status
    return ReplyOut(send=send, why="answered" if send else why, **_letter(reply))


def _first_hand_out_is_open(reply: SentReply) -> bool:
    """Who asks again with a key may come late: then it is, or may be, in other hands."""
    open_until = reply.due_at or datetime.now(UTC)
    return reply.status == "handed" and reply.attempts == 1 and open_until > datetime.now(UTC)


def event_out(event: Event, *, handed: bool = False) -> EventOut:
    """`handed`: its reply is for the caller to send."""
    reply = event.reply
    return EventOut(
        id=event.id,
        mailbox=event.mailbox,
        message_id=event.message_id,
        thread_id=event.thread_id,
        source=event.source,
        received_at=event.received_at,
        stored_at=event.stored_at,
        sender=event.sender,
        sender_name=event.sender_name,
        recipients=list(event.recipients),
        subject=event.subject,
        body=event.body,
        language=event.language,
        category=event.category,
        confidence=event.confidence,
        probabilities=event.probabilities,
        model_version=event.model_version,
        needs_review=event.needs_review,
        true_label=event.true_label,
        answered=event.answered,
        not_answered_because=[
            SignOut(rule=sign.rule, evidence=sign.evidence) for sign in event.signs
        ],
        attachments=[
            {"name": a.name, "content_type": a.content_type, "size": a.size}
            for a in event.attachments
        ],
        defects=list(event.defects),
        reply=reply
        and ReplyState(
            send=handed,
            why="answered" if handed else reply.status,
            status=reply.status,
            detail=reply.detail,
            sent_at=reply.sent_at,
            **_letter(reply),
        ),
    )


def _letter(reply: SentReply) -> dict[str, Any]:
    return {
        "from": reply.from_header,
        "to": reply.recipient,
        "subject": reply.subject,
        "text": reply.text,
        "html": reply.html,
        "headers": reply.headers,
        "message_id": f"<{reply.message_id}>",
        "attempts": reply.attempts,
    }

"""What goes in and what comes out, as JSON."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from fastapi import Response
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ModelWrapValidatorHandler,
    model_validator,
)

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


MOST_NAMED = 5  # fields that nobody asked for


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

    @model_validator(mode="wrap")
    @classmethod
    def _says_something(cls, fields: object, read: ModelWrapValidatorHandler[Self]) -> Self:
        mail = read(fields)
        refuse_silence(mail, fields, "subject", "text", "html")
        return mail


def refuse_silence(mail: BaseModel, fields: object, *names: str) -> None:
    """Raise ValueError where a mail that was read from `fields` has none of those of these `names`,
    and say what stands there in their place."""
    if not mail.model_fields_set.isdisjoint(names):
        return
    known = {field.alias or name for name, field in type(mail).model_fields.items()}
    given = fields if isinstance(fields, dict) else {}
    unknown = [name[:40] for name in given if name not in known]
    lacking = " and ".join((f"no {', no '.join(names[:-1])}", f"no {names[-1]}"))
    found = f" Unknown here: {', '.join(unknown[:MOST_NAMED])}." if unknown else ""
    raise ValueError(
        f"there is {lacking}, so there is nothing to sort.{found}"
        " Of a mail that is really empty send an empty text."
    )


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


# What the model says of a mail, wherever it is told.
Category = Annotated[str, Field(description="The category that the model puts it in.")]
Confidence = Annotated[float, Field(description="How likely the category is right, 0 to 1.")]
Probabilities = Annotated[
    dict[str, float], Field(description="How likely each category is; together 1.")
]
Language = Annotated[str, Field(description="Which it is written in, such as `es`.")]
ToReview = Annotated[bool, Field(description="The model is too unsure: a person is to look at it.")]
ModelVersion = Annotated[str, Field(description="The version of the model that said so.")]


class ReplyOut(BaseModel):
    """The automatic answer."""

    model_config = ConfigDict(populate_by_name=True)

    send: bool = Field(description="True only where the caller is to send it, and only once.")
    why: str = Field(description="Why it is not answered, or who sends it.")
    sender: str = Field("", alias="from", description="Name and address, as in the header From.")
    to: str = Field("", description="The only recipient.")
    subject: str = Field("", description="As it is to be sent.")
    text: str = Field("", description="The same as plain text.")
    html: str = Field("", description="And as HTML.")
    headers: dict[str, str] = Field({}, description="All others to be set, by name.")
    message_id: str = Field("", description="To be sent with this Message-ID.")
    attempts: int = Field(
        0,
        description="How often it was handed out, this time included, or tried to be sent;"
        " a report gives the number back.",
    )


class ReplyState(ReplyOut):
    """The automatic answer and what became of it."""

    status: ReplyStatus = Field(
        description="What became of it; `handed`: it is in an external sender's hands,"
        " `kept`: in the sandbox."
    )
    detail: str = Field(description="What the server said last.")
    sent_at: datetime | None = Field(description="When it was sent.")


class Classified(BaseModel):
    event_id: int = Field(description="The number of the stored mail.")
    duplicate: bool = Field(description="We had it already; nothing was stored.")
    category: Category
    confidence: Confidence
    probabilities: Probabilities
    language: Language
    needs_review: ToReview
    model_version: ModelVersion
    reply: ReplyOut = Field(description="What is to be answered.")


class SignOut(BaseModel):
    rule: str = Field(description="The name of the rule.")
    evidence: str = Field(description="What in the mail it goes by.")


class EventOut(BaseModel):
    """A stored mail."""

    id: int = Field(description="Its number; later mails have larger ones.")
    mailbox: str = Field(description="The name of the mailbox that it came to.")
    message_id: str = Field(description="Its Message-ID, without angle brackets.")
    thread_id: str = Field(description="The same for all mails of a conversation.")
    source: str = Field(description="The road it came by: imap, http, smtp or import.")
    received_at: datetime = Field(description="When it reached the mailbox.")
    stored_at: datetime = Field(description="When we stored it.")
    sender: str = Field(description="Address in From.")
    sender_name: str = Field(description="Name in From.")
    recipients: list[str] = Field(description="Addresses in To and Cc.")
    subject: str = Field(description="Decoded.")
    body: str = Field(
        description="Its newest text: without quoted history, signature and disclaimer."
    )
    language: Language
    category: Category
    confidence: Confidence
    probabilities: Probabilities
    model_version: ModelVersion
    needs_review: ToReview
    true_label: str | None = Field(
        description="The category that a person said; null where none did."
    )
    answered: bool = Field(description="An automatic answer was decided on.")
    not_answered_because: list[SignOut] = Field(description="Which rules spoke against an answer.")
    attachments: list[dict[str, Any]] = Field(
        description="Of each `name`, `content_type` and `size` in bytes."
    )
    defects: list[str] = Field(description="What is wrong with the mail as such.")
    reply: ReplyState | None = Field(description="Null where it is not answered.")


class EventPage(BaseModel):
    """A page of events, oldest first; `next` is the `after` of the next one, null at the end."""

    items: list[EventOut] = Field(description="The events.")
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

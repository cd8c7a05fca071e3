"""From the raw mail to the Message: never fails, bounded in time and memory."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from buzon.mail import addresses, body, charsets, clean, dates, headers, ids, language, mime
from buzon.mail.mime import Part
from buzon.records import SIZE_LIMIT, Message, RawMail

SUBJECT_LIMIT = 1_000
HEADER_LIMIT = 2_000
PART_TYPES_LIMIT = 200
DEFECTS_LIMIT = 20
DEFECT_LIMIT = 200
UNREAD_LIMIT = 100_000  # bytes shown of a mail that could not be understood


# A Message but for its language, and the text that tells it: of many that is told at once.
_Unspoken = tuple[partial[Message], str]


def parse(raw: RawMail) -> Message:
    """The mail as we understand it. What is wrong with it becomes a defect, and so does an error
    of our own: then the text is the beginning of the raw mail."""
    return parse_all([raw])[0]


def parse_all(raws: Sequence[RawMail]) -> list[Message]:
    """Each mail as `parse` understands it, in less time than one by one."""
    read = [_read(raw) for raw in raws]
    spoken = _languages([text for _, text in read])
    return [message(language=code) for (message, _), code in zip(read, spoken, strict=True)]


def _languages(texts: Sequence[str]) -> list[str]:
    """Where we fail to tell one, the others are told all the same."""
    try:
        return language.detect_all(texts)
    except Exception:
        return [_language(text) for text in texts]


def _language(text: str) -> str:
    try:
        return language.detect(text)
    except Exception:
        return ""


def _read(raw: RawMail) -> _Unspoken:
    content = raw.content[:SIZE_LIMIT]
    defects: list[str] = []
    size = max(raw.size, len(raw.content))
    if size > len(content):
        defects.append(f"only the first {len(content):,} of {size:,} bytes were kept")
    try:
        return _understand(raw, content, size, defects)
    except Exception as error:
        defects.append(f"not understood: {type(error).__name__}: {error}")
        return _as_it_is(raw, content, size, defects)


def _understand(raw: RawMail, content: bytes, size: int, defects: list[str]) -> _Unspoken:
    mail = mime.read(content)
    parts = body.read(mail.root)
    envelope = _Envelope(mail.root)
    defects += (*mail.defects, *parts.defects)
    sender, sender_name = envelope.sender(defects)
    subject = envelope.subject
    sent_at = envelope.sent_at(defects)
    newest = _newest(parts.text, defects)
    message_id = envelope.message_id(defects) or ids.made_of(
        sender, sent_at.isoformat() if sent_at else "", subject, parts.text
    )
    message = partial(
        Message,
        mailbox=raw.mailbox,
        source=raw.source,
        message_id=message_id,
        digest=ids.digest(subject, parts.text),
        sender=sender,
        sender_name=sender_name,
        reply_to=addresses.single(envelope.texts("reply-to")).address,
        recipients=addresses.usable(envelope.texts("to", "cc")),
        subject=subject,
        sent_at=sent_at,
        arrived_at=_arrival(raw, envelope, sent_at),
        in_reply_to=ids.first(envelope.text("in-reply-to")),
        references=ids.references(envelope.text("references")),
        text=parts.text,
        newest=newest,
        html=parts.html,
        headers=envelope.headers(),
        part_types=tuple(part.kind for part in mail.parts[:PART_TYPES_LIMIT]),
        attachments=parts.attachments,
        defects=_told(defects),
        size=size,
    )
    return message, f"{newest}\n{subject}"


def _arrival(raw: RawMail, envelope: "_Envelope", sent_at: datetime | None) -> datetime:
    """When the mail came in; of an imported one without Received headers its own date tells."""
    received = envelope.decoded("received")
    if raw.source == "import" and not received and sent_at:
        return min(raw.arrived_at, sent_at)
    return dates.arrival(raw.arrived_at, received)


def _newest(text: str, defects: list[str]) -> str:
    """The newest text; all of it where we fail to tell, for that is no reason to lose the rest."""
    try:
        return clean.newest(text)
    except Exception as error:
        defects.append(f"quoted history not cut: {type(error).__name__}: {error}")
        return text


class _Envelope:
    """What the headers of the outermost part say."""

    def __init__(self, root: Part) -> None:
        self.fields = root.fields
        self.raw: dict[str, list[bytes]] = {}
        for field in root.fields:
            self.raw.setdefault(field.name, []).append(field.raw)

    def text(self, name: str) -> str:
        return next(iter(self.texts(name)), "")

    def texts(self, *names: str) -> list[str]:
        return [headers.text(raw) for name in names for raw in self.raw.get(name, ())]

    def decoded(self, name: str) -> str:
        values = self.raw.get(name)
        return headers.decode(values[0], HEADER_LIMIT) if values else ""

    @property
    def subject(self) -> str:
        values = self.raw.get("subject")
        return headers.decode(values[0], SUBJECT_LIMIT) if values else ""

    def sender(self, defects: list[str]) -> tuple[str, str]:
        values = self.texts("from")
        mailbox = addresses.single(values)
        if len(values) > 1:
            defects.append(f"{len(values)} From headers")
        if not mailbox.address:
            defects.append("From names no single usable address" if values else "no From")
        return mailbox.address, mailbox.name

    def sent_at(self, defects: list[str]) -> datetime | None:
        values = self.raw.get("date", [])
        if len(values) > 1:
            defects.append(f"{len(values)} Date headers")
        moment = dates.read(self.decoded("date"))
        if not moment:
            defects.append("no Date that can be read")
        return moment

    def message_id(self, defects: list[str]) -> str:
        values = self.texts("message-id")
        if len(values) > 1:
            defects.append(f"{len(values)} Message-IDs: the first one holds")
        found = ids.clean(values[0]) if values else ""
        if not found:
            defects.append("no Message-ID: made from the content")
        return found

    def headers(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (field.name, headers.decode(field.raw[: 4 * HEADER_LIMIT], HEADER_LIMIT))
            for field in self.fields
        )


def _as_it_is(raw: RawMail, content: bytes, size: int, defects: list[str]) -> _Unspoken:
    text = charsets.decode(content[:UNREAD_LIMIT])
    message = partial(
        Message,
        mailbox=raw.mailbox,
        source=raw.source,
        message_id=ids.made_of(text),
        digest=ids.digest("", text),
        sender="",
        arrived_at=raw.arrived_at,
        text=text,
        newest=text,
        defects=_told(defects),
        size=size,
    )
    return message, ""


def _told(defects: list[str]) -> tuple[str, ...]:
    told = (headers.tidy(defect, DEFECT_LIMIT) for defect in dict.fromkeys(defects))
    return tuple(told)[:DEFECTS_LIMIT]

"""From the raw mail to the Message: never fails, bounded in time and memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from buzon.mail import addresses, body, charsets, clean, dates, headers, ids, language, mime
from buzon.mail.mime import Part
from buzon.records import SIZE_LIMIT, Message, RawMail

SUBJECT_LIMIT = 1_000
HEADER_LIMIT = 2_000
PART_TYPES_LIMIT = 200
DEFECTS_LIMIT = 20
DEFECT_LIMIT = 200
UNREAD_LIMIT = 100_000  # bytes shown of a mail that could not be understood
TOGETHER = 100  # mails that go through each stage together


def parse(raw: RawMail) -> Message:
    """The mail as we understand it. What is wrong with it becomes a defect, and so does an error
    of our own: then the text is the beginning of the raw mail."""
    return parse_all([raw])[0]


def parse_all(raws: Sequence[RawMail]) -> list[Message]:
    """Each mail as `parse` understands it, in less time than one by one."""
    starts = range(0, len(raws), TOGETHER)
    drafts = [draft for at in starts for draft in _read(raws[at : at + TOGETHER])]
    codes = _languages([draft.spoken for draft in drafts])
    return [draft.message(code) for draft, code in zip(drafts, codes, strict=True)]


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


def _read(raws: Sequence[RawMail]) -> list["_Draft"]:
    """All of them stage by stage: what does the same again and again finds its code and tables in
    the processor's caches, and takes three quarters of the time. Where we fail to understand one,
    the others are understood all the same."""
    drafts = [_Draft(raw) for raw in raws]
    try:
        for stage in _STAGES:
            for draft in drafts:
                stage(draft)
    except Exception as error:
        if len(raws) > 1:
            return [draft for raw in raws for draft in _read([raw])]
        drafts[0].leave_as_it_is(error)
    return drafts


class _Draft:
    """A mail that is being understood: what was found, by the names of Message, and what is wrong
    with it."""

    def __init__(self, raw: RawMail) -> None:
        self.raw = raw
        self.content = raw.content[:SIZE_LIMIT]
        self.size = max(raw.size, len(raw.content))
        self.found: dict[str, Any] = {}
        self.defects: list[str] = []
        if self.size > len(self.content):
            kept = f"{len(self.content):,} of {self.size:,}"
            self.defects.append(f"only the first {kept} bytes were kept")

    def take_apart(self) -> None:
        self.mail = mime.read(self.content)
        self.envelope = _Envelope(self.mail.root)

    def read_bodies(self) -> None:
        parts = body.read(self.mail.root)
        self.defects += (*self.mail.defects, *parts.defects)
        self.found.update(text=parts.text, html=parts.html, attachments=parts.attachments)

    def read_sender(self) -> None:
        self.found["sender"], self.found["sender_name"] = self.envelope.sender(self.defects)

    def read_subject(self) -> None:
        self.found["subject"] = self.envelope.subject

    def read_date(self) -> None:
        self.found["sent_at"] = self.envelope.sent_at(self.defects)

    def cut_history(self) -> None:
        self.found["newest"] = _newest(self.found["text"], self.defects)

    def read_ids(self) -> None:
        found, envelope = self.found, self.envelope
        subject, text = found["subject"], found["text"]
        found["digest"] = ids.digest(subject, text)
        found["message_id"] = envelope.message_id(self.defects) or ids.made_of(
            found["sender"],
            found["sent_at"].isoformat() if found["sent_at"] else "",
            subject,
            text,
        )
        found["in_reply_to"] = ids.first(envelope.text("in-reply-to"))
        found["references"] = ids.references(envelope.text("references"))

    def read_others(self) -> None:
        """Whom it goes to, and where its sender wants answers."""
        self.found["reply_to"] = addresses.single(self.envelope.texts("reply-to")).address
        self.found["recipients"] = addresses.usable(self.envelope.texts("to", "cc"))

    def read_arrival(self) -> None:
        self.found["arrived_at"] = _arrival(self.raw, self.envelope, self.found["sent_at"])

    def keep_structure(self) -> None:
        self.found["headers"] = self.envelope.headers()
        kinds = (part.kind for part in self.mail.parts[:PART_TYPES_LIMIT])
        self.found["part_types"] = tuple(kinds)
        del self.mail, self.envelope  # what is decoded goes before the next hundred are read

    def leave_as_it_is(self, error: Exception) -> None:
        self.defects.append(f"not understood: {type(error).__name__}: {error}")
        text = charsets.decode(self.content[:UNREAD_LIMIT])
        self.found = {
            "message_id": ids.made_of(text),
            "digest": ids.digest("", text),
            "sender": "",
            "arrived_at": self.raw.arrived_at,
            "text": text,
            "newest": text,
        }

    @property
    def spoken(self) -> str:
        """What tells the language; nothing where we didn't understand it."""
        subject = self.found.get("subject")
        return "" if subject is None else f"{self.found['newest']}\n{subject}"

    def message(self, language: str) -> Message:
        return Message(
            mailbox=self.raw.mailbox,
            source=self.raw.source,
            size=self.size,
            language=language,
            defects=_told(self.defects),
            **self.found,
        )


_STAGES = (
    _Draft.take_apart,
    _Draft.read_bodies,
    _Draft.read_sender,
    _Draft.read_subject,
    _Draft.read_date,
    _Draft.cut_history,
    _Draft.read_ids,
    _Draft.read_others,
    _Draft.read_arrival,
    _Draft.keep_structure,
)


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


def _told(defects: list[str]) -> tuple[str, ...]:
    told = (headers.tidy(defect, DEFECT_LIMIT) for defect in dict.fromkeys(defects))
    return tuple(told)[:DEFECTS_LIMIT]

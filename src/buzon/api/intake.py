"""A mail handed over by HTTP, in its parts or raw: the same road as any other mail."""

from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256

from buzon.api.context import Context
from buzon.api.limits import too_large
from buzon.api.shapes import Classified, Mail, classified
from buzon.errors import Invalid
from buzon.mail.rebuild import rebuild
from buzon.records import SIZE_LIMIT, RawMail
from buzon.store.idempotency_keys import Key


async def take_fields(parts: Context, mail: Mail, caller: str, key: str | None) -> Classified:
    references = mail.references
    content = rebuild(
        sender=mail.sender,
        sender_name=mail.from_name,
        recipients=[mail.to] if isinstance(mail.to, str) else mail.to,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        message_id=mail.message_id,
        date=mail.date,
        in_reply_to=mail.in_reply_to,
        references=references if isinstance(references, str) else " ".join(references),
        headers=mail.headers,
    )
    raw = _raw(parts, content, mail.mailbox, _arrival(mail.date))
    return await _take(parts, raw, _key(caller, key, mail.model_dump_json().encode()))


async def take_raw(
    parts: Context, content: bytes, mailbox: str, caller: str, key: str | None
) -> Classified:
    if not content.strip():
        raise Invalid("The mail is empty.", "Send it whole, as message/rfc822.")
    if len(content) > SIZE_LIMIT:
        raise too_large()
    raw = _raw(parts, content, mailbox, datetime.now(UTC))
    return await _take(parts, raw, _key(caller, key, mailbox.encode() + b"\n" + content))


def _raw(parts: Context, content: bytes, mailbox: str, arrived: datetime) -> RawMail:
    return RawMail(mailbox or parts.mailbox, content, arrived, "http", len(content))


def _key(caller: str, key: str | None, told: bytes) -> Key | None:
    return Key(caller, key, sha256(told).digest()) if key else None


async def _take(parts: Context, raw: RawMail, key: Key | None) -> Classified:
    handled = await parts.gathered.mails.take(raw, key)
    if handled.event_id is None:
        raise Invalid("The mail can't become an event.", "It is kept among the parked mails.")
    event = await parts.gathered.events.ask(handled.event_id)
    if event is None:
        raise Invalid("The event was erased meanwhile.")
    return classified(event, duplicate=handled.duplicate)


def _arrival(date: str) -> datetime:
    """When a mail given in its parts came in. Nothing but its date tells that it lay in the
    mailbox for weeks before somebody set up the flow that hands it over."""
    now = datetime.now(UTC)
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            told = read(date)
            return min((told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC), now)
    return now

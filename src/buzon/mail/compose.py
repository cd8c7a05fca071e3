"""Write the automatic answer to a mail: the same mail gets the same answer, however often."""

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from markupsafe import escape

from buzon.errors import Invalid
from buzon.mail.borrowed import SUBJECT_LIMIT, bare_subject, one_line, person_name, quotable
from buzon.mail.templates import ANSWERS, LANGUAGES, OURS, Templates, render
from buzon.mail.wire import to_bytes
from buzon.records import Decision, Message, Reply, Template

__all__ = [
    "Identity",
    "bare_subject",
    "compose",
    "is_own",
    "own_message_id",
    "recipient_of",
    "to_bytes",
]

COMPANY_LIMIT = 80
ADDRESS_LIMIT = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets
MESSAGE_ID_LIMIT = 300
LAST_REFERENCES = 20

BUILT_IN = Templates()

PARAGRAPH = '<p style="margin:0 0 16px">'
LAST = '<p style="margin:0 0 16px;font-size:13px;opacity:.75">'  # says that nobody wrote it

_NOT_PLAIN = frozenset(' <>()[]",;:\\@')  # in an address
_NO_ID = frozenset(" <>")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answers. `secret` signs our Message-IDs; `language` is used for mails in a language
    without a template; `domain` is that of our Message-IDs, by default the address's."""

    company: str
    address: str
    secret: bytes = field(repr=False)
    envelope_from: str = ""
    language: str = "es"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Madrid"))
    domain: str = ""

    def __post_init__(self) -> None:
        if len(self.secret) < 16:
            raise ValueError("The secret that signs Message-IDs must have 16 bytes or more.")


def compose(
    message: Message,
    decision: Decision,
    *,
    event_id: int,
    thread_id: str,
    identity: Identity,
    templates: Templates = BUILT_IN,
) -> Reply:
    """The answer to a mail, in its language, with the template that was decided on.

    Nothing of the mail but its subject and its sender's name is repeated, and those bounded and
    on one line, so that nobody can have us send his text to others. Raises Invalid where the
    mail has no address that can be answered.
    """
    recipient = recipient_of(message)
    if not recipient:
        raise Invalid(
            f"Event {event_id} has no address that can be answered.", "Don't compose its reply."
        )
    language = message.language if message.language in LANGUAGES else identity.language
    template = templates.of(decision.template, language)
    values = _values(message, event_id, language, identity)
    text, html = _bodies(template, values)
    return Reply(
        event_id=event_id,
        message_id=own_message_id(message, identity),
        thread_id=thread_id,
        mailbox=message.mailbox,
        envelope_from=identity.envelope_from,
        from_header=sender_line(identity),
        recipient=recipient,
        subject=_subject(template, values, message),
        text=text,
        html=html,
        template=template.category,
        template_version=template.version,
        headers=_headers(message, language),
    )


def recipient_of(message: Message) -> str:
    """The one address an answer goes to: Reply-To where it is safe, else the sender; "" where
    neither can be answered."""
    for address in (message.reply_to, message.sender):
        if _is_plain_address(address):
            return address
    return ""


@lru_cache(maxsize=1024)  # asked six times of a mail, in a batch of 500
def _is_plain_address(address: str) -> bool:
    local, at, domain = address.rpartition("@")
    return (
        bool(local and at and domain)
        and len(address) <= ADDRESS_LIMIT
        and address.isprintable()
        and domain.isascii()
        and _NOT_PLAIN.isdisjoint(local + domain)
    )


def _values(message: Message, event_id: int, language: str, identity: Identity) -> dict[str, str]:
    """What the variables of a template stand for."""
    its = LANGUAGES[language]
    name = person_name(message.sender_name)
    subject = quotable(bare_subject(message.subject))
    minute = message.arrived_at.astimezone(UTC).replace(second=0, microsecond=0)
    return {
        "greeting": its.greeting.format(name) if name else its.nameless,
        "name": name,
        "subject": subject,
        "quoted_subject": its.quoted.format(subject) if subject else "",
        "company": one_line(identity.company, COMPANY_LIMIT),
        "reference": f"B-{event_id:06d}",
        "received": _told(minute, identity.timezone, its.date_format),
    }


@lru_cache(maxsize=1024)  # strftime looks for the machine's own time zone each time
def _told(minute: datetime, zone: ZoneInfo, date_format: str) -> str:
    return minute.astimezone(zone).strftime(date_format)


def _subject(template: Template, values: dict[str, str], message: Message) -> str:
    """The template's own, of which nothing is the customer's, or "Re:" with the customer's."""
    ours = {name: values[name] for name in OURS}
    own = one_line(render(template.subject, ours), SUBJECT_LIMIT) if template.subject else ""
    theirs = bare_subject(message.subject) or LANGUAGES[template.language].your_message
    return own or f"Re: {theirs}"


def _bodies(template: Template, values: dict[str, str]) -> tuple[str, str]:
    text = render(template.text, values)
    plain = "\n\n".join(part.strip() for part in text.split("\n\n") if part.strip())
    return f"{plain}\n", _as_html(plain, template.language)


def _as_html(plain: str, language: str) -> str:
    """Its paragraphs on a page. Escaped all at once, for each by itself takes many times as long;
    so does a template."""
    top, bottom = _page(language)
    *others, last = (each.replace("\n", "<br>") for each in str(escape(plain)).split("\n\n"))
    paragraphs = "".join(f"{PARAGRAPH}{each}</p>\n" for each in others)
    return f"{top}{paragraphs}{LAST}{last}</p>\n{bottom}"


@cache
def _page(language: str) -> tuple[str, str]:
    """What stands above the paragraphs and below them."""
    page = (ANSWERS / "frame" / "page.html").read_text("utf-8").replace("[language]", language)
    top, _, bottom = page.partition("[paragraphs]\n")
    return top, bottom.rstrip("\n")


def sender_line(identity: Identity) -> str:
    """The From header of what we write."""
    name = one_line(identity.company, COMPANY_LIMIT).replace("\\", "").replace('"', "'")
    return f'"{name}" <{identity.address}>' if name else identity.address


def _headers(message: Message, language: str) -> dict[str, str]:
    """What marks an automatic answer (RFC 3834, section 3.1) and ties it to its mail (RFC 5322,
    section 3.6.4). No Precedence: RFC 3834 (section 3.1.8) advises against it."""
    headers = {
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": language,
    }
    if _is_message_id(message.message_id):
        headers["In-Reply-To"] = f"<{message.message_id}>"
    known = [r for r in message.references if _is_message_id(r) and r != message.message_id]
    chain = [*known, *([message.message_id] if _is_message_id(message.message_id) else [])]
    if len(chain) > LAST_REFERENCES + 1:
        chain = [chain[0], *chain[-LAST_REFERENCES:]]
    if chain:
        headers["References"] = " ".join(f"<{reference}>" for reference in chain)
    return headers


def _is_message_id(text: str) -> bool:
    return (
        0 < len(text) <= MESSAGE_ID_LIMIT
        and text.isascii()
        and text.isprintable()
        and _NO_ID.isdisjoint(text)
    )


def own_message_id(message: Message, identity: Identity) -> str:
    """The Message-ID of the answer to a mail, without angle brackets: `b.{nonce}.{mac}@domain`.

    The nonce follows from the mail, the MAC from the nonce, both under the secret: the answer
    has the same id however often it is sent, and an answer to it is known to be one even
    without the database.
    """
    mail = "\0".join((message.mailbox, message.message_id, message.digest))
    nonce = _sign(identity.secret, "nonce", mail)[:24]
    domain = identity.domain or identity.address.rpartition("@")[2]
    return f"b.{nonce}.{_mac(identity.secret, nonce)}@{domain}"


def is_own(message_id: str, secret: bytes) -> bool:
    """Whether we gave out this Message-ID, with or without its angle brackets. A guessed one is
    refused, in constant time."""
    local = message_id.strip().strip("<>").partition("@")[0].lower()
    mark, _, rest = local.partition(".")
    nonce, _, mac = rest.partition(".")
    if mark != "b":  # which everybody knows; most mails' ids are told by it
        return False
    right = _mac(secret, nonce).encode()
    return hmac.compare_digest(mac.encode(errors="replace"), right)


def _mac(secret: bytes, nonce: str) -> str:
    return _sign(secret, "message-id", nonce)[:32]


def _sign(secret: bytes, purpose: str, text: str) -> str:
    return hmac.digest(secret, f"{purpose}\0{text}".encode(errors="replace"), "sha256").hex()

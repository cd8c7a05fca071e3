"""Why a mail must not be answered automatically: everything the mail itself says about that.

How often and whom we answer otherwise (caps, conversations, category, age) is for the policy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import takewhile

from buzon.mail import marks, notices, robots, wording
from buzon.records import Message, Sign

# Every rule there is, the weightiest first.
RULES = (
    "no-sender",
    "own-address",
    "own-reply-to",
    "own-robot",
    "null-return-path",
    "mailer-daemon",
    "delivery-status",
    "read-receipt",
    "abuse-report",
    "machine-report",
    "failed-recipients",
    "auto-submitted",
    "auto-reply-header",
    "inbox-rules-loop",
    "delivered-to-autoresponder",
    "x-loop",
    "auto-response-suppress",
    "precedence",
    "mailing-list",
    "bulk-mail",
    "software-notification",
    "calendar",
    "no-reply",
    "bounce-address",
    "list-address",
    "robot-address",
    "out-of-office",
    "bounce-subject",
    "receipt-subject",
    "acknowledgement",
    "aggregate-report",
    "automatic-text",
    "absence-text",
)


@dataclass(frozen=True)
class Own:
    """What is ours: mailbox addresses, mail domains, and the List-Ids of our own lists whose
    mails may be answered (such as a Google group in front of the mailbox). Any case will do."""

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    allowed_lists: frozenset[str] = frozenset()

    def has(self, address: str) -> bool:
        """Whether an address is one of ours, in any case and with any +tag."""
        return bool(address) and _untagged(address) in self._our_addresses

    def has_domain(self, address: str) -> bool:
        return address.rpartition("@")[2].lower() in self._our_domains

    def allows(self, list_id: str) -> bool:
        return list_id in self._our_lists

    @cached_property
    def _our_addresses(self) -> frozenset[str]:
        return frozenset(map(_untagged, self.addresses))

    @cached_property
    def _our_domains(self) -> frozenset[str]:
        return frozenset(map(_ascii, self.domains))

    @cached_property
    def _our_lists(self) -> frozenset[str]:
        return frozenset(map(_list_name, self.allowed_lists))


@dataclass(frozen=True, slots=True)
class _Mail:
    """A message with its headers by name and the types of the parts that are its own."""

    message: Message
    own: Own
    headers: dict[str, list[str]]
    parts: tuple[str, ...]

    def values(self, *names: str) -> list[tuple[str, str]]:
        if self.headers.keys().isdisjoint(names):  # as in most mails
            return []
        return [(name, value) for name in names for value in self.headers.get(name, ())]


def signs(message: Message, own: Own) -> tuple[Sign, ...]:
    """Every reason in a mail not to answer it, the weightiest first; () is a person's mail.

    Of each rule only the first sign. Sources: RFC 3834, section 2; RFC 5230, section 4.6;
    RFC 2076, section 3.9; RFC 5436, section 2.7; issue 2, "May it be answered?".
    """
    headers: dict[str, list[str]] = {}
    for name, value in message.headers:
        headers.setdefault(name, []).append(value)
    mail = _Mail(message, own, headers, _own_parts(message.part_types))
    found: dict[str, Sign] = {}
    for check in _CHECKS:
        for rule, evidence in check(mail):
            found.setdefault(rule, Sign(rule, _short(evidence)))
    return tuple(sorted(found.values(), key=lambda sign: RULES.index(sign.rule)))


_Evidence = Iterator[tuple[str, str]]


def _addresses(mail: _Mail) -> _Evidence:
    message, own = mail.message, mail.own
    if not message.sender:
        yield "no-sender", f"From: {message.header('from')}"
    if own.has(message.sender):
        yield "own-address", f"From: {message.sender}"
    elif own.has_domain(message.sender) and robots.is_household(message.sender):
        yield "own-robot", f"From: {message.sender}"
    if own.has(message.reply_to):
        yield "own-reply-to", f"Reply-To: {message.reply_to}"
    for name, address in (("From", message.sender), ("Reply-To", message.reply_to)):
        if address and (rule := robots.kind(address)):
            yield rule, f"{name}: {address}"


def _envelope(mail: _Mail) -> _Evidence:
    """Return-Path and Sender. A bounce tag in Return-Path is no sign: persons' mail through a
    provider has it too."""
    for _, value in mail.values("return-path"):
        address = _bare_address(value)
        if not address:
            yield "null-return-path", f"Return-Path: {value or '<>'}"
        elif (rule := _kind_of_bare(address)) in ("mailer-daemon", "list-address"):
            yield rule, f"Return-Path: {value}"
    for _, value in mail.values("sender"):
        rule = _kind_of_bare(_bare_address(value))
        if rule in ("mailer-daemon", "list-address", "bounce-address") and not _comes_by_own_list(
            mail
        ):
            yield rule, f"Sender: {value}"


def _parts(mail: _Mail) -> _Evidence:
    """Reports by their parts, also where they came as multipart/mixed. What is inside an attached
    message is that message's (a person may send us a bounce)."""
    for part in mail.parts:
        if part in marks.REPORTS:
            yield marks.REPORTS[part], part
    leaves = [part for part in mail.parts if not part.startswith("multipart/")]
    calendars = [part for part in leaves if part in marks.CALENDARS]
    if calendars and len(calendars) == len(leaves):
        yield "calendar", f"nothing but {calendars[0]}"
    elif calendars and notices.is_calendar_subject(mail.message.subject):
        yield "calendar", f"{calendars[0]}, Subject: {mail.message.subject}"
    elif calendars and any("calendar-notification@" in v for _, v in mail.values("sender")):
        yield "calendar", f"{calendars[0]}, Sender: {mail.message.header('sender')}"
    elif calendars and not mail.message.text.strip():
        yield "calendar", f"no words beside {calendars[0]}"
    for attachment in mail.message.attachments:
        if _is_aggregate_report(attachment.name):
            yield "aggregate-report", attachment.name


def _is_aggregate_report(name: str) -> bool:
    """The file name of RFC 7489, section 7.2.1.1: receiver!domain!begin!end[!id].xml.gz."""
    fields = name.lower().removesuffix(".gz").removesuffix(".zip").removesuffix(".xml").split("!")
    return len(fields) in (4, 5) and fields[2].isdigit() and fields[3].isdigit()


def _auto_headers(mail: _Mail) -> _Evidence:
    for _, value in mail.values("auto-submitted"):
        if _first_word(value) != "no":
            yield "auto-submitted", f"Auto-Submitted: {value}"
    for name, value in mail.values(*marks.AUTO_REPLY_HEADERS):
        word = _first_word(value)
        if word not in marks.NEGATIVE and not (
            name == "x-autogenerated" and word in marks.PASSED_ON
        ):
            yield "auto-reply-header", f"{name}: {value}"
    for _, value in mail.values("x-post-messageclass"):
        if "autoresponder" in value.lower():
            yield "auto-reply-header", f"X-POST-MessageClass: {value}"
    for _, value in mail.values("x-ms-exchange-inbox-rules-loop"):
        yield "inbox-rules-loop", f"X-MS-Exchange-Inbox-Rules-Loop: {value}"
    for _, value in mail.values("delivered-to"):
        if _plain(value).strip("<>").partition("@")[0] in ("autoresponder", "autoreply"):
            yield "delivered-to-autoresponder", f"Delivered-To: {value}"
    for _, value in mail.values("x-failed-recipients"):
        yield "failed-recipients", f"X-Failed-Recipients: {value}"
    for _, value in mail.values("x-loop", "x-loops"):
        yield "x-loop", f"X-Loop: {value}"


def _suppression(mail: _Mail) -> _Evidence:
    """X-Auto-Response-Suppress with All, AutoReply, OOF, or DR, but not DR beside RN or NRN.

    The issue counts DR as a sign, as machines set it; in [MS-OXCMAIL] section 2.2.3.2.14 it asks
    for no delivery report. Together with the read receipts (DR, RN, NRN) it is a person's mail
    program that wants no receipts of any kind, and a reply is no receipt: so says the manifest of
    the hostile mails (person__suppress_rn), which a test holds us to.
    """
    for _, value in mail.values("x-auto-response-suppress"):
        words = set(_plain(value).replace(",", " ").replace(";", " ").split())
        receipts_only = not words.isdisjoint(("rn", "nrn"))
        if not words.isdisjoint(marks.SUPPRESSED) or ("dr" in words and not receipts_only):
            yield "auto-response-suppress", f"X-Auto-Response-Suppress: {value}"


def _bulk(mail: _Mail) -> _Evidence:
    by_own_list = _comes_by_own_list(mail)
    for name, value in mail.values("precedence", "x-precedence", "preference"):
        words = (
            set(_plain(value).replace(",", " ").replace(";", " ").split()) & marks.BULK_PRECEDENCES
        )
        if words and not (by_own_list and words == {"list"}):
            yield "precedence", f"{name}: {value}"
    for name, value in mail.values(*marks.LIST_HEADERS):
        if not (by_own_list and len(mail.headers[name]) <= len(mail.headers["list-id"])):
            yield "mailing-list", f"{name}: {value}"
    for name, value in mail.values(*marks.BULK_HEADERS):
        yield "bulk-mail", f"{name}: {value}"
    if not _passes_on(mail.message):
        for name, value in mail.values(*marks.RELAY_HEADERS):
            yield "bulk-mail", f"{name}: {value}"
    for name, value in mail.values("x-mailer", "user-agent"):
        if any(tool in value.lower() for tool in marks.BULK_MAILERS):
            yield "bulk-mail", f"{name}: {value}"
        elif value.lower().startswith(marks.SOFTWARE_MAILERS):
            yield "software-notification", f"{name}: {value}"
    for name, values in mail.headers.items():
        if name.startswith(marks.SOFTWARE_HEADERS):
            yield "software-notification", f"{name}: {values[0]}"


def _subject(mail: _Mail) -> _Evidence:
    if rule := notices.notice(mail.message.subject):
        yield rule, f"Subject: {mail.message.subject}"


def _text(mail: _Mail) -> _Evidence:
    rule, evidence = wording.notice(mail.message)
    if rule:
        yield rule, evidence


_CHECKS: tuple[Callable[[_Mail], _Evidence], ...] = (
    _addresses,
    _envelope,
    _parts,
    _auto_headers,
    _suppression,
    _bulk,
    _subject,
    _text,
)


def _own_parts(types: tuple[str, ...]) -> tuple[str, ...]:
    """The part types up to the first attached message, without parameters."""
    bare = (kind.partition(";")[0].strip().lower() for kind in types)
    return tuple(takewhile(lambda kind: kind not in ("message/rfc822", "message/global"), bare))


def _comes_by_own_list(mail: _Mail) -> bool:
    """Whether all its List-Ids are allowed. More list headers than List-Ids are somebody else's."""
    ids = mail.headers.get("list-id", [])
    return bool(ids) and all(mail.own.allows(_list_name(value)) for value in ids)


def _passes_on(message: Message) -> bool:
    """Whether answers go to another house than the sender's: a web form passes on a person's mail
    through the same relays that marketing uses."""
    house, other = (
        address.rpartition("@")[2].split(".")[-2:] for address in (message.sender, message.reply_to)
    )
    return bool(message.reply_to) and house != other


def _list_name(value: str) -> str:
    """The id of RFC 2919: what stands in the last angle brackets, or everything."""
    return value.rpartition("<")[2].partition(">")[0].strip().lower()


def _bare_address(value: str) -> str:
    """The address of Return-Path or Sender; "" for the null one."""
    plain = _plain(value)
    inside = plain.rpartition("<")[2].partition(">")[0] if "<" in plain else plain
    return inside.strip().strip('"')


def _kind_of_bare(address: str) -> str:
    return robots.kind(address if "@" in address else f"{address}@localhost")


def _first_word(value: str) -> str:
    return _plain(value).partition(";")[0].partition(",")[0].strip().strip('"')


def _plain(value: str) -> str:
    """A structured value in lower case, single-spaced and without (nested) comments."""
    value = value[:1000].lower()
    if "(" not in value:
        return " ".join(value.split())
    depth, kept = 0, []
    for char in value:
        depth += char == "("
        if not depth:
            kept.append(char)
        depth -= char == ")" and depth > 0
    return " ".join("".join(kept).split())


def _untagged(address: str) -> str:
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{_ascii(domain)}"


@lru_cache(maxsize=1024)
def _ascii(domain: str) -> str:
    """As records.Message.sender has it: lower case, punycode."""
    try:
        return domain.strip().lower().encode("idna").decode("ascii")
    except UnicodeError:  # no valid name: nothing that a sender's domain could equal but itself
        return domain.strip().lower()


def _short(evidence: str) -> str:
    line = " ".join(evidence[:400].split())
    return line if len(line) <= 120 else f"{line[:119]}…"

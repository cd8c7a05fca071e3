"""Mail addresses out of header values (RFC 5322, section 3.4), and which of them we write to."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from buzon.mail import headers

LIMIT = 200  # mailboxes of one header that are looked at
NAME_LIMIT = 200
SHORT = 300  # characters of a header that is remembered
CHARACTERS_LIMIT = 50_000  # of all the headers that are read together

_TOKEN = re.compile(
    r"""(?P<quoted>"(?:[^"\\]++|\\.)*+(?:"|\\?\Z))|(?P<angle><[^<>]*+>?)|(?P<mark>[(),;:>])"""
    r"""|(?P<word>=\?[^?\s]{1,80}\?[bBqQ]\?[^?\s]*+\?=)|(?P<text>(?:[^"<>(),;:=]++|=(?!\?))++|=)""",
    re.DOTALL,
)
_QUOTING = re.compile(r'\\(.)|"')
_LOCAL = re.compile(r"[\w#$&'*+\-/=?^`{}~]+(?:\.[\w!#$&'*+\-/=?^`{|}~]+)*+")
_NO_DOMAINS = ("localhost", "localdomain", "invalid")


def usable_address(text: str) -> str:
    """The address as we write to it, domain in lower case and punycode; "" where we wouldn't.

    Usable is only a bare address: no quoted local part, source route or "%" route, no leading
    dash or pipe (programs take them for options and commands), a domain of at least two labels
    that is neither an IP address nor the machine itself.
    """
    local, at, domain = text.rpartition("@")
    if not at or not local or len(text) > 254 or len(local.encode("utf-8", "replace")) > 64:
        return ""
    if local[0] in "-/" or not _LOCAL.fullmatch(local) or not _has_only_letters(local):
        return ""
    domain = _usable_domain(domain)
    return f"{local}@{domain}" if domain else ""


def _has_only_letters(local: str) -> bool:
    return local.isascii() or (local.isprintable() and unicodedata.normalize("NFC", local) == local)


@lru_cache(maxsize=1024)  # most mails come from a few, and all are to ours
def _usable_domain(domain: str) -> str:
    labels = unicodedata.normalize("NFKC", domain.removesuffix(".")).lower().split(".")
    ascii_labels = [_ascii_label(label) for label in labels]
    last = ascii_labels[-1]
    if len(labels) < 2 or not all(ascii_labels) or last.isdigit() or last in _NO_DOMAINS:
        return ""
    joined = ".".join(ascii_labels)
    return joined if len(joined) <= 253 else ""


def _ascii_label(label: str) -> str:
    """A domain's label in ASCII (RFC 5891, section 4.4); "" where it can't be one."""
    if not label or len(label) > 63 or label[0] == "-" or label[-1] == "-":
        return ""
    if label.isascii():
        return label if label.replace("-", "").isalnum() else ""
    if not all(c == "-" or unicodedata.category(c)[0] in "LMN" for c in label):
        return ""
    encoded = "xn--" + label.encode("punycode").decode("ascii")
    return encoded if len(encoded) <= 63 else ""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One entry of an address header: the name decoded, the address usable or ""."""

    name: str
    address: str


def mailboxes(value: str) -> list[Mailbox]:
    """Up to LIMIT + 1 entries of a header's raw value. Names are decoded only after the value is
    taken apart, so that no encoded name can bring an address of its own."""
    found: list[Mailbox] = []
    for entry in _entries(value):
        if len(found) > LIMIT:
            break
        if mailbox := entry.mailbox():
            found.append(mailbox)
    return found


def _read(value: str) -> Sequence[Mailbox]:
    return _short(value) if len(value) <= SHORT else mailboxes(value)


@lru_cache(maxsize=256)  # most mails are to the same, and many from few
def _short(value: str) -> tuple[Mailbox, ...]:
    return tuple(mailboxes(value))


def single(values: Iterable[str]) -> Mailbox:
    """The one mailbox that all values of a header name; without address where they name several,
    or one that isn't usable."""
    found = [mailbox for value in _within_limit(values) for mailbox in _read(value)]
    if not found:
        return Mailbox("", "")
    several = len({mailbox.address for mailbox in found}) > 1 or len(found) > LIMIT
    return Mailbox(found[0].name, "" if several else found[0].address)


def usable(values: Iterable[str]) -> tuple[str, ...]:
    """The usable addresses of some headers, at most LIMIT, each once."""
    found = (mailbox.address for value in _within_limit(values) for mailbox in _read(value))
    return tuple(dict.fromkeys(address for address in found if address))[:LIMIT]


def _within_limit(values: Iterable[str]) -> Iterator[str]:
    """The values as long as there is room, the last one up to a comma, lest an address be cut."""
    room = CHARACTERS_LIMIT
    for value in values:
        yield value if len(value) <= room else value[:room].rpartition(",")[0]
        room -= len(value)
        if room <= 0:
            return


class _Entry:
    """What stands between two commas, token by token."""

    def __init__(self) -> None:
        self.phrase: list[str] = []  # as it stands, quotes kept
        self.angles: list[str] = []
        self.comment = ""
        self.broken = False

    def as_group(self, groups: int) -> "_Entry":
        """What follows a group's name. Within another group, or behind an address, there is none:
        then nobody can tell which address is meant."""
        is_name = not self.angles and not any("@" in token for token in self.phrase)
        follows = _Entry() if is_name else self
        follows.broken = self.broken or not is_name or groups > 0
        return follows

    def mailbox(self) -> Mailbox | None:
        phrase = "".join(self.phrase).strip()
        angles = [angle for angle in self.angles if angle]
        if angles:
            address = _without_route(angles[0]) if len(angles) == 1 and not self.broken else ""
            return Mailbox(_name(phrase) or _name(self.comment), usable_address(address))
        if not phrase and not self.angles:
            return None
        if "@" not in phrase:
            return Mailbox(_name(phrase), "")
        return Mailbox(_name(self.comment), "" if self.broken else usable_address(phrase))


def _entries(value: str) -> Iterator[_Entry]:
    """The entries of a header's value, those of groups among the others. Linear."""
    entry = _Entry()
    depth = groups = 0
    for match in _TOKEN.finditer(_closed(value)):
        piece = match.group()
        if piece == "(":
            depth += 1
        elif depth:
            if piece == ")":
                depth -= 1
            elif len(entry.comment) < NAME_LIMIT:
                entry.comment += piece
        elif match.lastgroup == "angle":
            entry.angles.append(piece.strip("<> "))
        elif match.lastgroup != "mark":
            entry.phrase.append(piece)
        elif piece == ":":
            entry = entry.as_group(groups)
            groups += 1
        elif piece in ",;":
            yield entry
            entry = _Entry()
            groups = groups if piece == "," else 0
    yield entry


def _closed(value: str) -> str:
    """Without its quotes where one is never closed, for it would hide all that follows."""
    if '"' not in value:
        return value
    for match in _TOKEN.finditer(value):
        if match.lastgroup == "quoted" and (len(match[0]) < 2 or not match[0].endswith('"')):
            return value.replace('"', " ")
    return value


def _without_route(angle: str) -> str:
    return angle.rpartition(":")[2] if angle.startswith("@") else angle


def _name(phrase: str) -> str:
    """A display name, unquoted and decoded (RFC 2047)."""
    if '"' in phrase:
        phrase = _QUOTING.sub(r"\1", phrase)
    return " ".join(headers.tidy(headers.words(phrase), NAME_LIMIT).split())

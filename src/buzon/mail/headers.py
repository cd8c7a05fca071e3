"""Header blocks: their fields, and what the fields say (RFC 5322, 2045, 2047, 2231)."""

import re
from binascii import a2b_qp
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from buzon.mail import charsets, marks, transfer

KEPT = 500  # fields
KEPT_OF_ONE_NAME = 20  # of a field that must not be lost, past KEPT
RAW_LIMIT = 100_000  # bytes of one value that are looked at
WORDS_LIMIT = 20_000  # characters of a text in which encoded words are decoded
PARAMETERS_LIMIT = 300
SHORT = 500  # bytes of a value that is remembered once decoded, which makes it no longer

# Fields that are kept also behind thousands of others: they say what the mail is and whether it
# may be answered.
_NEEDED = frozenset(
    marks.words("""
    from sender reply-to to cc subject date message-id in-reply-to references return-path
    auto-submitted precedence x-precedence preference x-auto-response-suppress x-loop x-loops
    x-failed-recipients delivered-to x-post-messageclass x-ms-exchange-inbox-rules-loop x-mailer
    user-agent mime-version content-type content-transfer-encoding content-disposition
    """)
).union(marks.AUTO_REPLY_HEADERS, marks.LIST_HEADERS, marks.BULK_HEADERS)
_KNOWN_FIRST = _NEEDED | {"received", "dkim-signature", "bcc", "x-mozilla-status"}

# A name, and a value that goes on in the next line where that begins with white space.
_FIELD = re.compile(rb"([!-9;-~]{1,200}+)[ \t]*+:((?:[^\n]*+\n(?=[ \t]))*+[^\n]*+)(?:\n|\Z)")
_NAME = re.compile(rb"[!-9;-~]{1,200}")
_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*+)\?=(\s*+)")
_PARAMETER = re.compile(
    r';\s*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)"?|([^;]*+))', re.DOTALL
)
_BREAKS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_INVISIBLE = re.compile("[\x00\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


class Field(NamedTuple):
    name: str  # in lower case
    raw: bytes  # unfolded


@dataclass(slots=True)
class Budget:
    """How many lines of headers are still read of one mail."""

    lines: int = 150_000


def read(
    content: bytes, at: int, ends: Callable[[bytes], bool], budget: Budget, defects: list[str]
) -> tuple[list[Field], int]:
    """The fields of the header block at `at`, and where the body begins. Linear.

    The block also ends at a line for which `ends` is true: a boundary. A line that is no header
    is left out where headers follow it; else the body begins with it.
    """
    kept = _Kept()
    while at < len(content):
        budget.lines -= 1
        if budget.lines < 0:
            defects.append("too many header lines: the rest was read as text")
            break
        match = _FIELD.match(content, at)
        if match:
            name, raw = match.groups()
            if not (name.startswith(b"--") and ends(_line(content, at)[0])):
                kept.add(name.decode("ascii").lower(), raw)
                at = match.end()
                continue
        line, after = _line(content, at)
        if not line:
            at = after
            break
        if line.startswith(b"--") and ends(line):
            break
        if line[:1] not in b" \t" and not _header_follows(content, after, kept.any):
            defects.append("no empty line between headers and text")
            break
        defects.append("a line among the headers is none")
        at = after
    return kept.fields, at


def _line(content: bytes, at: int) -> tuple[bytes, int]:
    """The line at `at`, and where the next one begins."""
    after = content.find(b"\n", at) + 1 or len(content)
    return content[at:after].rstrip(b"\r\n"), after


class _Kept:
    """The fields that are kept: the first KEPT, and behind them those that must not be lost."""

    def __init__(self) -> None:
        self.fields: list[Field] = []
        self.any = False
        self.beyond: dict[str, int] = {}

    def add(self, name: str, raw: bytes) -> None:
        self.any = True
        if len(self.fields) >= KEPT and not self._is_needed(name):
            return
        if len(raw) > RAW_LIMIT:  # of References the last are the nearest
            raw = raw[-RAW_LIMIT:] if name == "references" else raw[:RAW_LIMIT]
        if b"\n" in raw:
            raw = raw.replace(b"\r\n", b"").replace(b"\n", b"")
        self.fields.append(Field(name, raw.strip()))

    def _is_needed(self, name: str) -> bool:
        if name not in _NEEDED and not name.startswith(marks.SOFTWARE_HEADERS):
            return False
        self.beyond[name] = self.beyond.get(name, 0) + 1
        return self.beyond[name] <= KEPT_OF_ONE_NAME


def _header_follows(content: bytes, at: int, begun: bool) -> bool:
    name, colon, _ = content[at : at + 200].partition(b":")
    name = name.rstrip(b" \t")
    if not colon or not _NAME.fullmatch(name):
        return False
    return begun or name.decode("ascii").lower() in _KNOWN_FIRST


def text(raw: bytes) -> str:
    """A value as it stands, encoded words and all; 8-bit bytes by the charset they look like."""
    return raw.decode("ascii") if raw.isascii() else charsets.decode(raw)


def decode(raw: bytes, limit: int) -> str:
    """A value as its reader sees it: decoded (RFC 2047), on one line, at most `limit` long."""
    return _short(raw) if len(raw) <= min(limit, SHORT) else _decoded(raw, limit)


@lru_cache(maxsize=256)  # one mail's are asked for twice, and many are those of the mail before
def _short(raw: bytes) -> str:
    return _decoded(raw, SHORT)


def _decoded(raw: bytes, limit: int) -> str:
    if raw.isascii() and b"=?" not in raw:
        return tidy(raw.decode("ascii"), limit)
    return tidy(words(text(raw)), limit)


def tidy(value: str, limit: int) -> str:
    """On one line, without control characters, invisible ones and those that turn the writing
    direction; cut to `limit` characters."""
    value = value[: limit * 4]
    if not value.isprintable():
        value = _INVISIBLE.sub("", _BREAKS.sub(" ", value))
    return value.strip()[:limit].rstrip()


def words(value: str) -> str:
    """The text with its encoded words decoded. What is broken stays as it is. Linear."""
    if "=?" not in value:
        return value
    value = value[:WORDS_LIMIT]
    out: list[str] = []
    run = _Run()
    at = 0
    for match in _WORD.finditer(value):
        label, encoding, body, space = match.groups()
        if match.start() > at:
            out += (run.end(), value[at : match.start()])
        if not run.takes(label, encoding.lower(), body):
            out.append(run.end())
            run.takes(label, encoding.lower(), body)
        at = match.end() - len(space)
        if value.startswith("=?", match.end()):
            at = match.end()
    return "".join((*out, run.end(), value[at:]))


class _Run:
    """Adjacent encoded words of one charset and encoding: a character may be split over them."""

    def __init__(self) -> None:
        self.kind = ("", "")
        self.bodies: list[str] = []

    def takes(self, label: str, encoding: str, body: str) -> bool:
        if self.bodies and self.kind != (label, encoding):
            return False
        self.kind = (label, encoding)
        self.bodies.append(body)
        return True

    def end(self) -> str:
        bodies, self.bodies = self.bodies, []
        if not bodies:
            return ""
        label, encoding = self.kind
        if encoding == "q":
            data = a2b_qp("".join(bodies).encode("utf-8", "replace"), header=True)
        else:
            data = b"".join(transfer.base64(body)[0] for body in _whole(bodies))
        return charsets.decode(data, label.partition("*")[0])


def _whole(bodies: list[str]) -> list[bytes]:
    """Joins a body with the one before it where that ends within a group of four."""
    joined: list[list[str]] = []
    length = 0
    for body in bodies:
        if joined and length % 4 and not joined[-1][-1].endswith("="):
            joined[-1].append(body)
            length += len(body)
        else:
            joined.append([body])
            length = len(body)
    return ["".join(group).encode("ascii", "ignore") for group in joined]


def parameters(raw: bytes) -> tuple[str, dict[str, str]]:
    """The value before the first ";" in lower case, and the parameters, the first of a name.

    Characters are the raw bytes (Latin-1), so that a boundary can be found again. Pieces of a
    parameter (RFC 2231: `name*0*`) have their names as they stand.
    """
    value = raw.decode("latin-1")
    kind = value.partition(";")[0].strip().lower()
    found: dict[str, str] = {}
    if ";" in value:
        for number, match in enumerate(_PARAMETER.finditer(value)):
            if number >= PARAMETERS_LIMIT:
                break
            name, quoted, bare = match.groups()
            content = bare.strip() if quoted is None else _unescaped(quoted)
            found.setdefault(name.lower(), content)
    return kind, found


def _unescaped(quoted: str) -> str:
    return quoted.replace("\\\\", "\u0100").replace("\\", "").replace("\u0100", "\\")


def parameter(found: dict[str, str], name: str) -> str:
    """A parameter's text: percent-encoded, in pieces (RFC 2231), in encoded words, or plain."""
    if name in found:
        return words(text(found[name].encode("latin-1")))
    if f"{name}*" in found:
        return _extended(found[f"{name}*"])
    pieces: list[bytes] = []
    charset = ""
    for number in range(PARAMETERS_LIMIT):
        key = f"{name}*{number}"
        if f"{key}*" in found:
            piece = found[f"{key}*"]
            if not number and piece.count("'") >= 2:
                charset, _, piece = piece.split("'", 2)
            pieces.append(unquote_to_bytes(piece.encode("latin-1")))
        elif key in found:
            pieces.append(found[key].encode("latin-1"))
        else:
            break
    return words(charsets.decode(b"".join(pieces), charset))


def _extended(value: str) -> str:
    charset, quote, rest = value.partition("'")
    if not quote:
        charset, rest = "", "'" + value
    encoded = rest.partition("'")[2]
    return charsets.decode(unquote_to_bytes(encoded.encode("latin-1")), charset)

"""The MIME structure of a mail, read in one pass over its bytes (RFC 2045, 2046).

Whatever the mail is, time is linear in its size: nesting costs nothing, for all open boundaries
are looked up at once, and no part is copied until somebody wants its content. (The fast parsers
that we measured refuse deep nesting, and hand headers out decoded, so that an address can no
longer be told from one inside an encoded name; the standard library's is quadratic in places.)
"""

import re
from dataclasses import dataclass, field

from buzon.mail import headers, transfer
from buzon.mail.headers import Budget, Field

PARTS_LIMIT = 1_000
_TOO_MANY = f"more than {PARTS_LIMIT:,} parts: the others are left out"
DELIMITERS_LIMIT = 100_000  # lines that begin with "--"
BOUNDARY_LIMIT = 20_000
PART_PARAMETERS_LIMIT = 12_000  # bytes of a Content-Type, but for the outermost
UTF16_LIMIT = 2_000_000  # bytes of a mail in UTF-16 that are looked at
ENCODED_MESSAGE_LIMIT = 1_000_000  # bytes of an attached message in base64 that are decoded

_MBOX_LINE = re.compile(rb">?From (?! *:)")

MESSAGES = ("message/rfc822", "message/global")


@dataclass(slots=True, eq=False)
class Part:
    """A node of the tree. Its content is `buffer[start:end]`, still encoded."""

    fields: list[Field]
    kind: str  # content type, such as "text/plain"
    parameters: dict[str, str]
    disposition: str
    name: str
    encoding: str
    buffer: bytes
    start: int
    end: int
    parent: "Part | None"
    children: list["Part"] = field(default_factory=list)

    def content(self, limit: int) -> tuple[bytes, str]:
        """The decoded content of at most `limit` encoded bytes, and what was wrong with it."""
        data = self.buffer[self.start : min(self.end, self.start + limit)]
        return transfer.decode(data, self.encoding, is_text=self.kind.startswith("text/"))

    @property
    def size(self) -> int:
        return transfer.decoded_size(self.buffer, self.start, self.end, self.encoding)

    def first(self, name: str) -> bytes:
        return next((field.raw for field in self.fields if field.name == name), b"")


@dataclass(frozen=True, slots=True)
class Mail:
    """All parts, the outermost first, and what was wrong."""

    parts: list[Part]
    defects: list[str]

    @property
    def root(self) -> Part:
        return self.parts[0]


def read(content: bytes) -> Mail:
    """The parts of a raw mail; there is always at least one."""
    reader = _Reader()
    reader.scan(_normal(content, reader.defects), None)
    while reader.encoded and len(reader.parts) < PARTS_LIMIT:
        message = reader.encoded.pop()
        inner, _ = message.content(ENCODED_MESSAGE_LIMIT)
        reader.scan(inner, message)
    return Mail(reader.parts, reader.defects)


def _normal(content: bytes, defects: list[str]) -> bytes:
    """With line feeds, in a superset of ASCII, from the first header on."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        defects.append("the whole mail is in UTF-16")
        content = content[:UTF16_LIMIT].decode("utf-16", "replace").encode("utf-8", "replace")
    if b"\n" not in content and b"\r" in content:
        defects.append("lines end with bare CR")
        content = content.replace(b"\r", b"\n")
    content = content.removeprefix(b"\xef\xbb\xbf")
    if content[:1] in b"\r\n":
        content = content.lstrip(b"\r\n")
    if _MBOX_LINE.match(content):
        content = content.partition(b"\n")[2]
    return content


@dataclass(slots=True)
class _Frame:
    """An open multipart: its boundary, and its place among the parts that have no end yet."""

    part: Part
    boundary: bytes
    mark: int


class _Reader:
    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.defects: list[str] = []
        self.encoded: list[Part] = []
        self.budget = Budget()
        self.delimiters = 0

    def scan(self, content: bytes, parent: Part | None) -> None:
        """Reads the message that `content` is."""
        self.content = content
        self.frames: list[_Frame] = []
        self.levels: dict[bytes, list[int]] = {}
        self.unclosed: list[Part] = []
        at = self._open(0, parent)
        while self.frames:
            line_at = self._next_delimiter(at)
            if line_at < 0:
                break
            feed = content.find(b"\n", line_at)
            after = feed + 1 or len(content)
            line = content[line_at : feed if feed >= 0 else after].rstrip()
            level, closes = self._match(line)
            if level < 0:
                at = max(line_at + 1, after - 1)
                continue
            parent = self.frames[level].part
            self._close(level, line_at, with_frame=closes)
            at = max(line_at + 1, after - 1)
            if not closes:
                if len(self.parts) >= PARTS_LIMIT:
                    self.defects.append(_TOO_MANY)
                    break
                at = self._open(after, parent)
        for part in self.unclosed:
            part.end = len(content)

    def _next_delimiter(self, at: int) -> int:
        """The next line that begins with "--". `at` is a line's start or the break before one."""
        self.delimiters += 1
        if self.delimiters > DELIMITERS_LIMIT:
            self.defects.append("too many lines that begin with dashes: not all were looked at")
            return -1
        if self.content.startswith(b"--", at) and (at == 0 or self.content[at - 1] == 10):
            return at
        found = self.content.find(b"\n--", at)
        return found + 1 if found >= 0 else -1

    def _match(self, line: bytes) -> tuple[int, bool]:
        """The level of the open multipart whose boundary the line is, or -1; and whether it is
        the closing one."""
        if levels := self.levels.get(line[2:]):
            return levels[-1], False
        if line.endswith(b"--") and (levels := self.levels.get(line[2:-2])):
            return levels[-1], True
        return -1, False

    def _ends_headers(self, line: bytes) -> bool:
        return self._match(line.rstrip())[0] >= 0

    def _close(self, level: int, line_at: int, *, with_frame: bool) -> None:
        """Ends all that is open within the multipart of a level, and that itself if told so."""
        end = line_at - 1  # the line break before a boundary belongs to it
        if end > 0 and self.content[end - 1] == 13:
            end -= 1
        keep = level if with_frame else level + 1
        mark = self.frames[level].mark - with_frame
        for part in self.unclosed[mark:]:
            part.end = max(part.start, end)
        del self.unclosed[mark:]
        while len(self.frames) > keep:
            boundary = self.frames.pop().boundary
            levels = self.levels[boundary]
            levels.pop()
            if not levels:
                del self.levels[boundary]

    def _open(self, at: int, parent: Part | None) -> int:
        """Reads a part's headers, and those of the message in it; where its content begins."""
        while True:
            fields, body = headers.read(
                self.content, at, self._ends_headers, self.budget, self.defects
            )
            part = _part(fields, self.content, body, parent)
            self.parts.append(part)
            self.unclosed.append(part)
            if parent:
                parent.children.append(part)
            if part.kind.startswith("multipart/"):
                self._open_frame(part)
                return body
            if part.kind not in MESSAGES:
                return body
            if len(self.parts) >= PARTS_LIMIT:
                self.defects.append(_TOO_MANY)
                return body
            if part.encoding not in transfer.AS_IS:
                self.encoded.append(part)
                return body
            at, parent = body, part

    def _open_frame(self, part: Part) -> None:
        boundary = part.parameters.get("boundary", "").encode("latin-1").rstrip()
        if not boundary or len(boundary) > BOUNDARY_LIMIT:
            self.defects.append("a multipart without boundary")
            return
        self.levels.setdefault(boundary, []).append(len(self.frames))
        self.frames.append(_Frame(part, boundary, len(self.unclosed)))


def _part(fields: list[Field], buffer: bytes, start: int, parent: Part | None) -> Part:
    values: dict[str, bytes] = {}
    for item in fields:
        values.setdefault(item.name, item.raw)
    digest = parent is not None and parent.kind == "multipart/digest"
    kind = "message/rfc822" if digest else "text/plain"
    parameters: dict[str, str] = {}
    limit = PART_PARAMETERS_LIMIT if parent else headers.RAW_LIMIT
    if "content-type" in values:
        kind, parameters = headers.parameters(values["content-type"][:limit])
        kind = _media_type(kind)
    disposition = ""
    named: dict[str, str] = {}
    if "content-disposition" in values:
        disposition, named = headers.parameters(values["content-disposition"][:limit])
    name = ""
    if named:
        name = headers.parameter(named, "filename")
    if not name and parameters:
        name = headers.parameter(parameters, "name")
    encoding = transfer.encoding(values.get("content-transfer-encoding", b""))
    return Part(
        fields, kind, parameters, disposition[:40], name, encoding, buffer, start, start, parent
    )


def _media_type(kind: str) -> str:
    """`main/sub`; what is none is text/plain (RFC 2045, section 5.2)."""
    kind = "".join(kind.partition("(")[0].split())
    if kind == "text":
        return "text/plain"
    main, slash, sub = kind.partition("/")
    sound = slash and main.isascii() and main.replace("-", "").isalnum() and sub and len(kind) < 128
    return kind if sound and sub.isascii() and sub.isprintable() else "text/plain"

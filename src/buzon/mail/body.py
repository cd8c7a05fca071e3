"""What of a mail is its text, what its HTML, and what is attached."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from buzon.mail import charsets, filenames, flowed, headers, html
from buzon.mail.mime import MESSAGES, Part
from buzon.records import Attachment

TEXT_LIMIT = 500_000  # characters
HTML_LIMIT = 2_000_000
ATTACHMENTS_LIMIT = 200

_BREAKS = ("\x0c", "\x85", "\u2028", "\u2029")
_META = re.compile(rb"<meta[^<>]{0,200}?charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_NOT_READ = ("text/calendar", "text/csv", "text/vcard", "text/x-vcard", "text/rfc822-headers")


@dataclass(frozen=True, slots=True)
class Body:
    """`text` is made from the HTML where there is no other."""

    text: str
    html: str
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]


def read(root: Part) -> Body:
    """The body of the message whose outermost part is `root`. Of a mail that is nothing but a
    forwarded message, the text of that."""
    reading = _Reading()
    shown = _shown(root)
    page, text = reading.page(shown), reading.text(root, shown)
    attachments = () if shown == [root] else _attachments(root)
    message = root
    while not text and (forwarded := _forwarded(message)):
        message = forwarded
        shown = _shown(message)
        page = page or reading.page(shown)
        text = reading.text(message, shown)
    return Body(text, page, attachments, tuple(reading.defects))


def has_html(root: Part) -> bool:
    """Whether the message whose outermost part is `root` has HTML, told without reading it."""
    message: Part | None = root
    while message:
        if shown := _shown(message):
            return any(part.kind == "text/html" for part in shown)
        message = _forwarded(message)
    return False


def _own(message: Part) -> Iterator[Part]:
    """A message's parts in their order, without those of the messages attached to it."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        if part.kind not in MESSAGES:
            waiting.extend(reversed(part.children))


def _forwarded(message: Part) -> Part | None:
    attached = (part.children[0] for part in _own(message) if _is_message(part))
    return next(attached, None)


def _is_message(part: Part) -> bool:
    return part.kind in MESSAGES and bool(part.children)


def _shown(message: Part) -> list[Part]:
    """The parts that a mail program shows as the message itself: text that isn't attached. Text
    with a file name counts where there is no other, and so does a kind of text we don't know."""
    inline = [part for part in _own(message) if _is_text(part)]
    known = [part for part in inline if part.kind not in _NOT_READ]
    usual = [part for part in known if _is_plain(part) or part.kind == "text/html"]
    return [part for part in usual if not part.name] or usual or known


def _is_text(part: Part) -> bool:
    if part.children or part.disposition == "attachment":
        return False
    return part.kind.startswith("text/") or _is_plain(part)


def _is_plain(part: Part) -> bool:
    """A multipart whose parts can't be found is read as text, lest it be lost."""
    return part.kind == "text/plain" or (
        part.kind.startswith("multipart/") and not part.children and part.end > part.start
    )


class _Reading:
    """Reads the parts that are shown, until a mail has given as much as we take of one."""

    def __init__(self) -> None:
        self.defects: list[str] = []
        self.left = TEXT_LIMIT
        self.tags_left = html.TAGS_LIMIT
        self.pages: dict[Part, str] = {}

    def text(self, message: Part, shown: list[Part]) -> str:
        """The texts of all shown parts; of an alternative the plain one, if it says anything."""
        units: dict[Part, list[Part]] = {}
        for part in shown:
            units.setdefault(_unit(part, message), []).append(part)
        return _joined(self._unit_text(parts) for parts in units.values())[:TEXT_LIMIT]

    def page(self, shown: list[Part]) -> str:
        return next((self._html(part) for part in shown if part.kind == "text/html"), "")

    def _unit_text(self, parts: list[Part]) -> str:
        plain = [part for part in parts if part.kind != "text/html"]
        pages = [part for part in parts if part.kind == "text/html"]
        return _joined(map(self._plain, plain)) or _joined(map(self._html_text, pages))

    def _plain(self, part: Part) -> str:
        if self.left <= 0:
            return ""
        text = self._decoded(part, 4 * self.left).replace("\r\n", "\n").replace("\r", "\n")
        text = text[: self.left + 1]
        for each in _BREAKS:  # `sub` looks at each character
            text = text.replace(each, "\n")
        self.left -= len(text)
        if self.left < 0:
            self.defects.append(f"only {TEXT_LIMIT:,} characters of the text were kept")
        if part.parameters.get("format", "").lower() == "flowed":
            text = flowed.unflow(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
        return text.strip("\n").rstrip()

    def _html_text(self, part: Part) -> str:
        if self.left <= 0 or self.tags_left <= 0:
            return ""
        page = self._html(part)
        self.tags_left -= page.count("<") + 1
        text = html.to_text(page)
        self.left -= len(text)
        return text

    def _html(self, part: Part) -> str:
        if part not in self.pages:
            self.pages[part] = self._decoded(part, 2 * HTML_LIMIT)[:HTML_LIMIT]
        return self.pages[part]

    def _decoded(self, part: Part, limit: int) -> str:
        """The text of a part of which at most `limit` bytes are read."""
        data, defect = part.content(3 * limit)
        data = data[:limit]
        if defect:
            self.defects.append(defect)
        label = part.parameters.get("charset", "")
        if label and not charsets.codec(label):
            self.defects.append(f"unknown charset {label[:40]!r}")
            label = ""
        if not label and part.kind == "text/html" and (meta := _META.search(data, 0, 2_000)):
            label = meta[1].decode("ascii")
        return charsets.decode(data, label)


def _unit(part: Part, message: Part) -> Part:
    """The outermost alternative that a part is in, or itself."""
    unit = part
    while part is not message and part.parent:
        part = part.parent
        if part.kind == "multipart/alternative":
            unit = part
    return unit


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, texts))


def _attachments(root: Part) -> tuple[Attachment, ...]:
    return tuple(Attachment(attachment_name(part), part.kind, part.size) for part in attached(root))


def attached(root: Part) -> list[Part]:
    """The parts that are attachments, in their order."""
    shown = set(_shown(root))
    found = (part for part in _own(root) if _is_attachment(part) and part not in shown)
    return list(islice(found, ATTACHMENTS_LIMIT))


def _is_attachment(part: Part) -> bool:
    if part.kind in MESSAGES:
        return True
    return not part.children and not part.kind.startswith("multipart/")


def attachment_name(part: Part) -> str:
    """The name to show and to save under."""
    if part.name or part.kind not in MESSAGES:
        return filenames.plain(part.name)
    subject = headers.decode(part.children[0].first("subject"), 100) if part.children else ""
    return filenames.plain(f"{subject.replace('/', '_').replace(chr(92), '_') or 'message'}.eml")

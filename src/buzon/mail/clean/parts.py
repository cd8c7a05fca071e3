"""Separates what the sender wrote now from older mails, signature and disclaimer."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from buzon.mail.clean import phrases, quoting, signature
from buzon.mail.clean.arrows import own_arrows
from buzon.mail.clean.history import find_marker

Kind = Literal["newest", "history", "signature", "disclaimer", "rest"]

MAX_LENGTH = 200_000
MAX_DEPTH = 4

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NO_CHARACTER = re.compile("&#[0-9]{8,}|&#[xX][0-9a-fA-F]{7,}")  # int() refuses long numbers
_CONTENT = re.compile("[^\\W_]|[\u2190-\u2bff\U0001f000-\U0001faff]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of whole lines of one kind. `rest` is what lies past the limit: not looked at."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Parts:
    """A mail's text in its order; the segments' texts joined are the text again."""

    segments: tuple[Segment, ...]

    @property
    def newest(self) -> str:
        return "\n".join(line for _, line in self.newest_lines)

    @property
    def newest_lines(self) -> list[tuple[int, str]]:
        """The lines of the newest text without their ends, and where in the text each begins."""
        lines: list[tuple[int, str]] = []
        at = 0
        for segment in self.segments:
            if segment.kind == "newest":
                lines += _lines(segment.text, at)
            at += len(segment.text)
        filled = [number for number, (_, line) in enumerate(lines) if line.strip()]
        return lines[filled[0] : filled[-1] + 1] if filled else []

    @property
    def history(self) -> str:
        return self._joined("history")

    @property
    def signature(self) -> str:
        return self._joined("signature")

    @property
    def disclaimer(self) -> str:
        return self._joined("disclaimer")

    def _joined(self, kind: Kind) -> str:
        return "".join(segment.text for segment in self.segments if segment.kind == kind)


def newest(text: str) -> str:
    """The newest text that the sender wrote, without quoted history, signature and disclaimer.

    Never empty where the mail isn't: of a bare forward it is the forwarded text. Only the first
    200,000 characters are looked at.
    """
    head, _ = _cut(text)
    lines = head.splitlines()
    kinds = _label(_readable(lines))
    own = [line for line, kind in zip(lines, kinds, strict=True) if kind == "newest"]
    while own and not own[-1].strip():
        own.pop()
    start = next((number for number, line in enumerate(own) if line.strip()), 0)
    return "\n".join(own[start:])


def split(text: str) -> Parts:
    """The text in its parts, such that the segments joined are the text, character by character."""
    head, rest = _cut(text)
    lines = head.splitlines(keepends=True)
    kinds = _label(_readable(head.splitlines()))
    segments = [
        Segment(kind, "".join(line for _, line in run))
        for kind, run in groupby(zip(kinds, lines, strict=True), key=lambda pair: pair[0])
    ]
    if rest:
        segments.append(Segment("rest", rest))
    return Parts(tuple(segments))


def _cut(text: str) -> tuple[str, str]:
    if len(text) <= MAX_LENGTH:
        return text, ""
    end = text.rfind("\n", 0, MAX_LENGTH) + 1 or MAX_LENGTH
    return text[:end], text[end:]


def _readable(lines: list[str]) -> list[str]:
    """The lines as a reader sees them: stripped, no invisible characters, no HTML entities."""
    return [
        line.strip() if line.isprintable() and "&" not in line else _plain(line).strip()
        for line in lines
    ]


def _plain(line: str) -> str:
    line = _INVISIBLE.sub("", line).replace("\u00a0", " ").replace("\u202f", " ")
    return html.unescape(_NO_CHARACTER.sub("", line))


def _label(lines: list[str], depth: int = 0) -> list[Kind]:
    """The kind of every line. A mail whose newest text says nothing is opened one level deeper."""
    kinds, behind = _label_history(lines)
    _label_endings(lines, kinds)
    if _says_something(lines, kinds):
        return kinds
    if behind < len(lines) and depth < MAX_DEPTH:
        older = [quoting.unquoted(line) for line in lines[behind:]]
        kinds[behind:] = _label(older, depth + 1)
    if not _has_words(lines, kinds):
        return ["newest"] * len(lines)
    if not _says_something(lines, kinds):
        return ["history" if kind == "history" else "newest" for kind in kinds]
    return kinds


def _label_history(lines: list[str]) -> tuple[list[Kind], int]:
    """Tells history from own lines. Also says behind which line the first older text starts."""
    kinds: list[Kind] = ["newest"] * len(lines)
    announced = behind = len(lines)
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        if quoting.is_quoted(lines[at]):
            end = quoting.end_of_quotes(lines, at)
            runs.append((at, end))
            at = end
            continue
        marker = find_marker(lines, at)
        if marker is None:
            at += 1
            continue
        end = len(lines) if marker.open_ended else marker.end
        kinds[at:end] = ["history"] * (end - at)
        if announced == len(lines):
            announced, behind = at, marker.end
        at = end
    own = set(own_arrows(lines, runs, announced)) if runs else ()
    for run in runs:
        if run not in own:
            kinds[slice(*run)] = ["history"] * (run[1] - run[0])
            behind = min(behind, run[0])
    return kinds, behind


def _label_endings(lines: list[str], kinds: list[Kind]) -> None:
    own = [i for i, kind in enumerate(kinds) if kind == "newest"]
    for i, kind in signature.find_endings(lines, own).items():
        kinds[i] = kind


def _says_something(lines: list[str], kinds: list[Kind]) -> bool:
    """Whether the newest text is more than "Hola, Marta:"."""
    text = ""
    for line, kind in zip(lines, kinds, strict=True):
        if kind == "newest" and line:
            text = f"{text} {line}" if text else line
            if len(text) >= 60:
                break
    words = text[:60].split()
    if len(words) > 4:
        return True
    bare = [word.strip(",.:;!¡") for word in words if _CONTENT.search(word)]
    return not all(
        word.lower() in phrases.GREETINGS or (i and i == len(bare) - 1 and word[0].isupper())
        for i, word in enumerate(bare)
    )


def _has_words(lines: list[str], kinds: list[Kind]) -> bool:
    return any(
        kind == "newest" and _CONTENT.search(line) for line, kind in zip(lines, kinds, strict=True)
    )


def _lines(text: str, at: int) -> Iterator[tuple[int, str]]:
    """The lines of a text that begins at this place, and where each begins."""
    for line, with_end in zip(text.splitlines(), text.splitlines(keepends=True), strict=True):
        yield at, line
        at += len(with_end)

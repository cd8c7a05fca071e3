"""Where the older mails begin: a separator, a header block or an attribution line.

All of it looks at lines that were stripped of white space at both ends. Every decision looks at
a bounded number of lines of bounded length, so that a whole mail takes linear time.
"""

from dataclasses import dataclass

from buzon.mail.clean import phrases
from buzon.mail.clean.attribution import end_of_attribution
from buzon.mail.clean.headers import MAX_LABEL_LENGTH, end_of_header_block, end_of_headers
from buzon.mail.clean.quoting import is_quoted_at, next_filled

MAX_SEPARATOR_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Marker:
    """The lines that announce older mails, up to `end` (exclusive). `open_ended`: from there on
    all is history; otherwise only the quoted lines are."""

    end: int
    open_ended: bool


def find_marker(lines: list[str], at: int) -> Marker | None:
    """The announcement of older mails that starts at a line that isn't blank, if one does."""
    end = (
        _end_of_separator(lines, at) or _end_of_headers(lines, at) or end_of_attribution(lines, at)
    )
    if end is None:
        return None
    return Marker(end, open_ended=not is_quoted_at(lines, next_filled(lines, end)))


def _end_of_separator(lines: list[str], at: int) -> int | None:
    """Behind "-----Mensaje original-----" and the headers or the attribution below it."""
    if not _is_separator(lines[at]):
        return None
    end = end_of_headers(lines, at + 1)
    following = next_filled(lines, end)
    if following < len(lines):
        return end_of_attribution(lines, following) or end
    return end


def _is_separator(line: str) -> bool:
    dashed = line[0] in "-_=*" and line[:2] == line[0] * 2
    if len(line) > MAX_SEPARATOR_LENGTH or not (dashed or line.endswith(":")):
        return False
    words = line.strip("-_=*# \t:").lower()
    if dashed:
        return words in phrases.SEPARATORS or words.startswith(phrases.FORWARDED_BY)
    return words in phrases.BARE_SEPARATORS


def _end_of_headers(lines: list[str], at: int) -> int | None:
    line = lines[at]
    if line[0] in "-_=" or ":" in line[:MAX_LABEL_LENGTH]:
        return end_of_header_block(lines, at)
    return None

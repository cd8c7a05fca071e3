"""Attribution lines: "El lun, 3 feb 2025 a las 10:15, X (<x@example.com>) escribió:".

A program's line has a date with its year, a time or an address, a name and the verb. What has less
counts only where quoted lines follow, for people write such lines too: "el lunes me escribió:".
"""

import re

from buzon.mail.clean import phrases
from buzon.mail.clean.moments import DAY, TIME, YEAR
from buzon.mail.clean.quoting import is_quoted, is_quoted_at, next_filled

MAX_LINES = 4
MAX_LENGTH = 400

_NAME_FIRST = re.compile(r" ?(?:am|on|le|il|el|em|no dia|a|\(|del)? ?[^\W\d_]{0,14}[.,]{0,2} ?\d")


def end_of_attribution(lines: list[str], at: int) -> int | None:
    """Behind the attribution that starts at a line; None where none does."""
    if not _may_attribute(lines, at):
        return None
    joined = ""
    for end in range(at + 1, min(len(lines), at + MAX_LINES) + 1):
        line = lines[end - 1]
        if not line or (end > at + 1 and is_quoted(line)):
            return None
        joined = f"{joined} {line}" if joined else line
        if len(joined) > MAX_LENGTH:
            return None
        if line.endswith((":", ":*")):
            text = " ".join(joined.split()).rstrip("*")
            quoted = is_quoted_at(lines, next_filled(lines, end))
            return end if _is_attribution(text, quoted=quoted, wrapped=end > at + 1) else None
        if _ends_sentence(line):
            return None
    return None


def _may_attribute(lines: list[str], at: int) -> bool:
    """A cheap look: does the line, or one of the next, end with a colon at all?"""
    for line in lines[at : at + MAX_LINES]:  # noqa: SIM110 - any() takes twice as long
        if line.endswith((":", ":*")):
            return True
    return False


def _ends_sentence(line: str) -> bool:
    """Whether a line ends a sentence, and not with an abbreviation ("febr.", "p. m.")."""
    if line.endswith("."):
        return len(line.rsplit(None, 1)[-1]) > 5
    return line.endswith(("?", "!"))


def _is_attribution(text: str, *, quoted: bool, wrapped: bool) -> bool:
    lower = text.lower()
    if _is_verbless(lower) or (quoted and "@" in text and lower.startswith(phrases.QUOTING)):
        return True
    wrote = phrases.WROTE.search(lower)
    if wrote is None or _is_telling(text, wrote):
        return False
    return _is_full(text, lower, wrote) or (
        quoted and _is_loose(text, lower, wrote, wrapped=wrapped)
    )


def _is_verbless(lower: str) -> bool:
    """Gmail in Catalan, and Gmail of old: "2014-05-12 10:15 GMT+02:00 X <x@example.com>:"."""
    if "@" not in lower or TIME.search(lower) is None or YEAR.search(lower) is None:
        return False
    return lower.startswith("missatge de ") or (
        lower[:4].isdigit() and lower.endswith((">:", ">):"))
    )


def _is_telling(text: str, wrote: re.Match[str]) -> bool:
    """Whether it is the sender who tells it: "el lunes me escribió:", "schrieb mir Herr X:"."""
    before, after = text[: wrote.start()].split(), text[wrote.end() :].strip(" :").split()
    if before and before[-1][-1] in "'’":
        return True
    if before and (before[-1].lower() if len(before) == 1 else before[-1]) in phrases.TELLING:
        return True
    return bool(after) and after[0] in phrases.TELLING and "@" not in text


def _is_full(text: str, lower: str, wrote: re.Match[str]) -> bool:
    """As a program writes it: the date with its year, a time or an address, and a name."""
    time = TIME.search(lower)
    year = YEAR.search(lower)
    if year is None or (time is None and "@" not in lower):
        return False
    words = lower.split(None, 6)[:6]
    dated = words[0][0].isdigit() or words[0].rstrip(",.") in phrases.ATTRIBUTION_LEADS
    if dated and any(word.lstrip("(")[0].isdigit() for word in words if word.lstrip("(")):
        return "@" in lower or _has_name(text, max(year.end(), time.end() if time else 0), wrote)
    return _NAME_FIRST.match(lower, wrote.end()) is not None and not words[0][0].isdigit()


def _has_name(text: str, date_end: int, wrote: re.Match[str]) -> bool:
    """Whether a name stands between date and verb (in German: behind the verb), and no
    "su comercial"."""
    between = text[date_end : wrote.start()] if wrote.start() > date_end else ""
    for word in [*between.split(), *text[wrote.end() :].split()]:
        bare = word.strip(",.:;()-–\"'«»“”<")
        if not bare or bare.lower() in phrases.AFTER_TIME or bare.startswith(("GMT", "UTC", "+")):
            continue
        return not bare[0].islower()
    return False


def _is_loose(text: str, lower: str, wrote: re.Match[str], *, wrapped: bool) -> bool:
    """Enough where quoted lines follow: an address, a day or an hour, or nothing but a name."""
    if len(text) > 200:
        return False
    if "@" in text or TIME.search(lower) or DAY.search(lower) or YEAR.search(lower):
        first = lower.split(None, 1)[0]
        led = first[0].isdigit() or first in phrases.ATTRIBUTION_LEADS
        return led or ("@" in text and not wrapped)
    if lower.split()[0] in phrases.ATTRIBUTION_LEADS and phrases.WEEKDAYS.search(lower):
        return True
    names = text[: wrote.start()].split()
    return 0 < len(names) <= 5 and all(name[0].isupper() for name in names)

"""Lines with ">" that nothing announces: a quote, or the sender's own list or headings?

In doubt they are the sender's own.
"""

import re

from buzon.mail.clean import phrases
from buzon.mail.clean.attribution import MAX_LENGTH
from buzon.mail.clean.headers import role_of
from buzon.mail.clean.quoting import next_filled, previous_filled, unquoted

_PROSE_LENGTH = 35
_ENDS_PROSE = re.compile(r"[.:?!,]$")


def own_arrows(
    lines: list[str], runs: list[tuple[int, int]], announced: int
) -> list[tuple[int, int]]:
    """Those runs of lines with ">" that are the sender's own lists and headings.

    Runs from line `announced` on stand behind an attribution and are quotes.
    """
    early = [run for run in runs if run[0] < announced]
    lists = [run for run in early if _is_list(lines, *run)]
    listed = set(lists)
    others = [run for run in early if run not in listed]
    if announced < len(lines) or any(_is_quote(lines, *run) for run in others):
        return lists
    return early


def _is_list(lines: list[str], start: int, end: int) -> bool:
    """A list behind "necesito:" or hanging on a line of text, without questions and greetings; not
    a single sentence."""
    items = [unquoted(line) for line in lines[start:end] if line]
    if _is_spoken(items) or (len(items) == 1 and _is_sentence(items[0])):
        return False
    if all(item[:1].isdigit() and not item.endswith(".") for item in items):
        return True
    before = previous_filled(lines, start)
    return before >= 0 and (before == start - 1 or lines[before].endswith(":"))


def _is_quote(lines: list[str], start: int, end: int) -> bool:
    items = [unquoted(line) for line in lines[start:end] if line]
    if _is_spoken(items):
        return True
    at_an_end = previous_filled(lines, start) < 0 or next_filled(lines, end) == len(lines)
    return at_an_end and any(len(i) > _PROSE_LENGTH or _ENDS_PROSE.search(i) for i in items)


def _is_sentence(item: str) -> bool:
    return len(item) > _PROSE_LENGTH and item.endswith((".", "!"))


def _is_spoken(items: list[str]) -> bool:
    """Whether somebody speaks in the lines: a question, a greeting, a quote within, its head."""
    if _greets(items[0]) or any(item.startswith(">") or item.endswith("?") for item in items):
        return True
    return any(
        role_of(item) == "from" or phrases.WROTE.search(item[:MAX_LENGTH].lower())
        for item in items[:3]
    )


def _greets(line: str) -> bool:
    words = line[:40].lower().replace(",", " ").replace("¡", "").split()
    return len(words) > 1 and words[0].strip("!:.") in phrases.GREETINGS

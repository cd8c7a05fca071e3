"""What the benchmarks say, in Spanish: bench/spanish.po, in which {} stands for what changes."""

import re
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

CATALOG = Path(__file__).with_name("spanish.po")
NUMBER = re.compile(r"(?<![\w.])(\d+(?:,\d{3})*)(\.\d+)?(?!\.?\w)")  # not of a version, as 3.11.7


def say(text: str) -> str:
    """Raises LookupError for a text that has no Spanish."""
    if not text:
        return text
    for pattern, translated in _catalog():
        if found := pattern.fullmatch(text):
            return translated.format(*map(figures, found.groups()))
    raise LookupError(f"There is no Spanish for {text!r}. Add it to {CATALOG}.")


def figures(text: str) -> str:
    """Its numbers as Spanish has them: 1,234.5 is 1234,5 and 12,345 is 12 345."""
    return NUMBER.sub(_number, text)


def _number(found: re.Match[str]) -> str:
    whole, part = found[1].replace(",", ""), (found[2] or "").replace(".", ",")
    grouped = f"{int(whole):,}" if len(whole) > 4 else whole
    return grouped.replace(",", "\N{NO-BREAK SPACE}") + part


@cache
def _catalog() -> list[tuple[re.Pattern[str], str]]:
    """Those that say most come first, so that what is more particular is found."""
    entries = read_po(CATALOG.read_text("utf-8").splitlines(), "es")
    texts = {str(entry.id): str(entry.string) for entry in entries if entry.id}
    return [
        (re.compile(re.escape(text).replace(r"\{\}", "(.+?)")), texts[text])
        for text in sorted(texts, key=lambda text: -len(text.replace("{}", "")))
    ]

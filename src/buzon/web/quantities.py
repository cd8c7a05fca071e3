"""Shares, counts, sizes and lengths of time as each language writes them (CLDR, by Babel)."""

from functools import lru_cache

from babel.numbers import format_decimal, format_percent

from buzon.web.language import LOCALES

# Babel reads the locale anew for each number, and the tables behind the charts hold a thousand.
remembered = lru_cache(maxsize=4096)

GROUPED_FROM = {"en": 1_000, "es": 10_000}  # Spanish groups no four digits: 4282, 12.345


def percent(share: float, language: str) -> str:
    """ "97%", in Spanish "97 %" with a space that doesn't break. What is neither certain nor
    impossible is never shown as 100% or 0%."""
    shown = min(round(share, 2), 0.99 if share < 1 else 1)
    sign = "<" if shown == 0 < share else ""
    return sign + _percent(0.01 if sign else shown, language)


def tenths(share: float, language: str) -> str:
    """As `percent`, to a tenth: for what is measured, and never rounded to certainty."""
    permille = min(max(round(share * 1000), 1 if share > 0 else 0), 999 if share < 1 else 1000)
    return _percent(permille / 1000, language, tenths=0 < permille < 1000)


@remembered
def _percent(share: float, language: str, *, tenths: bool = False) -> str:
    places = "#,##0.0" if tenths else "#,##0"
    sign = "\N{NO-BREAK SPACE}%" if language == "es" else "%"
    return format_percent(share, f"{places}{sign}", LOCALES[language])


def change(now: float, before: float, language: str) -> str:
    """By how much something grew: "+12%", "-3%", "±0%"."""
    grown = round(100 * (now - before) / before)
    sign = "+" if grown > 0 else "\N{MINUS SIGN}" if grown < 0 else "±"
    return sign + _percent(abs(grown) / 100, language)


@remembered
def number(count: int, language: str) -> str:
    """ "12,345", in Spanish "12.345"."""
    grouped = abs(count) >= GROUPED_FROM[language]
    return format_decimal(count, locale=LOCALES[language], group_separator=grouped)


def size(number: int, language: str) -> str:
    """A size in bytes as "12 kB" or "1.4 MB"."""
    if number < 1_000_000:
        return f"{max(1, round(number / 1000))}\N{NO-BREAK SPACE}kB"
    return f"{format_decimal(number / 1e6, '0.0', LOCALES[language])}\N{NO-BREAK SPACE}MB"


def lasting(seconds: float, language: str) -> str:
    """A length of time in its largest unit: "2.5 s", "4 min"."""
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds / length:.0f}\N{NO-BREAK SPACE}{unit}"
    return f"{format_decimal(seconds, '0.#', LOCALES[language])}\N{NO-BREAK SPACE}s"

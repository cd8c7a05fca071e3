"""Times as people say them: how long ago, and exactly on hover, in the company's time zone."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton

from buzon.web.language import LOCALES, _, catalog

WEEKDAYS = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"),
    _("Sunday"),
)  # fmt: skip
NOW, MINUTES, HOURS = _("now"), _("%(n)s min ago"), _("%(n)s h ago")


def relative(when: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """ "3 min ago" within a day (static/times.js keeps it true), then the date."""
    say = catalog(language).gettext
    seconds = (now - when).total_seconds()
    if seconds < 60:
        return say(NOW)
    if seconds < 3600:
        return say(MINUTES) % {"n": int(seconds // 60)}
    if seconds < 86400:
        return say(HOURS) % {"n": int(seconds // 3600)}
    local = when.astimezone(zone)
    same_year = local.year == now.astimezone(zone).year
    return short_day(local.date(), language) if same_year else day(local, language)


def day(when: date | str, language: str) -> str:
    """A day, also one as ISO 8601 writes it, with its year: "2 Aug 2026"."""
    if isinstance(when, str):
        when = date.fromisoformat(when)
    return _day(when.date() if isinstance(when, datetime) else when, language)


# A list writes the same few days again and again, and Babel reads its patterns for each.
@lru_cache(1024)
def _day(when: date, language: str) -> str:
    return format_date(when, "medium", LOCALES[language])


@lru_cache(1024)
def short_day(when: date, language: str) -> str:
    """A day of this year: "2 Aug"."""
    return format_skeleton("MMMd", when, locale=LOCALES[language])


def month(when: date, language: str) -> str:
    """ "Aug 2026"."""
    return format_skeleton("yMMM", when, locale=LOCALES[language])


def until(when: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """ "08:00" where it is today, else with the day."""
    local = when.astimezone(zone)
    clock = f"{local:%H:%M}"
    if local.date() == now.astimezone(zone).date():
        return clock
    return f"{short_day(local.date(), language)}, {clock}"


def stamp(when: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """A day and a time, to tell by what was made then: "2 Aug, 08:00:31"."""
    local = when.astimezone(zone)
    same_year = local.year == now.astimezone(zone).year
    return f"{(short_day if same_year else day)(local, language)}, {local:%H:%M:%S}"


def exact(when: datetime, zone: ZoneInfo, language: str) -> str:
    """The whole date and time, to the second, with the zone's name."""
    local = when.astimezone(zone)
    return f"{day(local, language)}, {local:%H:%M:%S %Z}"

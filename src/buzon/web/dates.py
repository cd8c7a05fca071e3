"""Times as people say them: how long ago, and exactly on hover, in the company's time zone."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from buzon.web.language import _

MONTHS = (
    _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
    _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
)  # fmt: skip
NOW, MINUTES, HOURS = _("now"), _("%(n)s min ago"), _("%(n)s h ago")

Gettext = Callable[[str], str]


def relative(when: datetime, now: datetime, zone: ZoneInfo, gettext: Gettext) -> str:
    """ "3 min ago" within a day (static/times.js keeps it true), then the date."""
    seconds = (now - when).total_seconds()
    if seconds < 60:
        return gettext(NOW)
    if seconds < 3600:
        return gettext(MINUTES) % {"n": int(seconds // 60)}
    if seconds < 86400:
        return gettext(HOURS) % {"n": int(seconds // 3600)}
    local = when.astimezone(zone)
    day = f"{local.day} {gettext(MONTHS[local.month - 1])}"
    return day if local.year == now.astimezone(zone).year else f"{day} {local.year}"


def day(when: date | str, gettext: Gettext) -> str:
    """A day, also one as ISO 8601 writes it, with its year."""
    if isinstance(when, str):
        when = date.fromisoformat(when)
    return f"{when.day} {gettext(MONTHS[when.month - 1])} {when.year}"


def until(when: datetime, now: datetime, zone: ZoneInfo, gettext: Gettext) -> str:
    """ "08:00" where it is today, else with the day."""
    local = when.astimezone(zone)
    clock = f"{local:%H:%M}"
    if local.date() == now.astimezone(zone).date():
        return clock
    return f"{local.day} {gettext(MONTHS[local.month - 1])}, {clock}"


def exact(when: datetime, zone: ZoneInfo, gettext: Gettext) -> str:
    """The whole date and time, to the second, with the zone's name."""
    local = when.astimezone(zone)
    return f"{day(local, gettext)}, {local:%H:%M:%S %Z}"

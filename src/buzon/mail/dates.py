"""When a mail was sent and when it came in, out of headers that may say anything."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

LIMIT = 100  # characters: a date is never longer, and int() of thousands of digits is slow
YEARS = range(1970, 2200)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_USUAL = re.compile(
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{{1,2}}) ({'|'.join(_MONTHS)}) ([1-9][0-9]{{3}})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"
)


def read(value: str) -> datetime | None:
    """A Date header's moment in UTC (RFC 5322 or ISO 8601); None where it is none between 1970
    and 2199."""
    value = value.strip()
    if not value or len(value) > LIMIT:
        return None
    try:
        moment = _iso(value) or _usual(value) or _internet(value)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return moment if moment and moment.year in YEARS else None


def _iso(value: str) -> datetime | None:
    if not value[:4].isdecimal():
        return None
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _usual(value: str) -> datetime | None:
    """Nearly all dates: "Tue, 3 Mar 2026 10:00:00 +0100", as parsedate_tz reads it, but sooner."""
    found = _USUAL.fullmatch(value)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    time = int(hour), int(minute), int(second)
    zone = timezone(ahead)
    moment = datetime(int(year), _MONTHS.index(month) + 1, int(day), *time, tzinfo=zone)
    return moment.astimezone(UTC)


def _internet(value: str) -> datetime | None:
    fields = parsedate_tz(value)
    if fields is None or any(len(word) == 4 and word.startswith("00") for word in value.split()):
        return None  # parsedate_tz takes the year 0001 for 2001
    zone = timezone(timedelta(seconds=fields[9] or 0))
    return datetime(*fields[:6], tzinfo=zone).astimezone(UTC)


def arrival(arrived_at: datetime, received: str) -> datetime:
    """The earlier of the source's word and the top-most Received header's date, UTC: a mailbox
    that was moved keeps its Received headers, but not the times of arrival."""
    arrived_at = arrived_at.astimezone(UTC)
    stamped = read(received.rpartition(";")[2])
    return min(arrived_at, stamped) if stamped else arrived_at

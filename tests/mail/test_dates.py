"""Dates as mail programs write them, beside what the standard library reads in them."""

import random
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from buzon.mail import dates

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def library(value: str) -> datetime | None:
    fields = parsedate_tz(value)
    assert fields is not None
    try:
        zone = timezone(timedelta(seconds=fields[9] or 0))
        return datetime(*fields[:6], tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def some_date(chance: random.Random) -> str:
    day = chance.choice(["", "Mon, ", "Sun, "]) + str(chance.randrange(34))
    month = chance.choice(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    )
    clock = ":".join(f"{chance.randrange(most):02}" for most in (25, 61, 62))
    zone = f"{chance.choice('+-')}{chance.choice([0, 1, 5, 13, 23, 24, 99]):02}"
    return f"{day} {month} {chance.randrange(1970, 2200)} {clock} {zone}{chance.randrange(99):02}"


def test_a_usual_date_is_the_moment_that_the_standard_library_reads() -> None:
    chance = random.Random(7)
    values = [some_date(chance) for _ in range(3_000)]
    read = {value: dates.read(value) for value in values}
    assert sum(moment is not None for moment in read.values()) > 1_000
    in_years = {v: m if (m := library(v)) and m.year in dates.YEARS else None for v in values}
    assert read == in_years

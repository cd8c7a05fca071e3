"""Times as commands print them: in the company's time zone, as on the pages, and named."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from buzon.config import Settings


def clock(settings: Settings) -> Callable[[datetime], str]:
    """What writes a time so that it fits a table."""
    zone = ZoneInfo(settings.timezone)
    return lambda when: f"{when.astimezone(zone):%Y-%m-%d %H:%M}"


def named(settings: Settings) -> str:
    """What stands under such a table."""
    return f"Times in {settings.timezone}"

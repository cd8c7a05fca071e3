"""The pages: what people see and click."""

from buzon.web.app import create_web, end_streams
from buzon.web.ports import (
    MOST_COUNTED,
    Alarm,
    Box,
    Desk,
    Examples,
    MailboxState,
    Overview,
    Past,
    Sending,
    Setting,
    Status,
    User,
    Way,
)

__all__ = [
    "MOST_COUNTED",
    "Alarm",
    "Box",
    "Desk",
    "Examples",
    "MailboxState",
    "Overview",
    "Past",
    "Sending",
    "Setting",
    "Status",
    "User",
    "Way",
    "create_web",
    "end_streams",
]

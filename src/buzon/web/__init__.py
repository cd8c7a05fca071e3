"""The pages: what people see and click."""

from buzon.web.app import create_web, end_streams
from buzon.web.openid import RETURNS_TO
from buzon.web.ports import (
    MOST_COUNTED,
    NEIGHBOURS,
    Alarm,
    Answer,
    Answers,
    Around,
    Box,
    Desk,
    Examples,
    MailboxState,
    Neighbours,
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
    "NEIGHBOURS",
    "RETURNS_TO",
    "Alarm",
    "Answer",
    "Answers",
    "Around",
    "Box",
    "Desk",
    "Examples",
    "MailboxState",
    "Neighbours",
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

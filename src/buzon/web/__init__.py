"""The pages: what people see and click."""

from buzon.web.app import create_web, end_streams
from buzon.web.ports import (
    MOST_COUNTED,
    NEIGHBOURS,
    Alarm,
    Answer,
    Answers,
    Around,
    Desk,
    MailboxState,
    Neighbours,
    Overview,
    Past,
    Sending,
    Status,
    User,
)

__all__ = [
    "MOST_COUNTED",
    "NEIGHBOURS",
    "Alarm",
    "Answer",
    "Answers",
    "Around",
    "Desk",
    "MailboxState",
    "Neighbours",
    "Overview",
    "Past",
    "Sending",
    "Status",
    "User",
    "create_web",
    "end_streams",
]

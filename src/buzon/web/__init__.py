"""The pages: what people see and click."""

from buzon.web.access_pages import AUTHORIZED
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
    MailProvider,
    Neighbours,
    Overview,
    Past,
    Sending,
    Setting,
    Status,
    Trouble,
    User,
    Way,
)

__all__ = [
    "AUTHORIZED",
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
    "MailProvider",
    "MailboxState",
    "Neighbours",
    "Overview",
    "Past",
    "Sending",
    "Setting",
    "Status",
    "Trouble",
    "User",
    "Way",
    "create_web",
    "end_streams",
]

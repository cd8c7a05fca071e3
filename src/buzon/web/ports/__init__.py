"""What the pages need to be handed: everything behind them, as they see it."""

from typing import Protocol

from buzon.store.users import User
from buzon.web.ports.house import Examples, House, Setting
from buzon.web.ports.learning import Labelling, Learning, Overview, Past
from buzon.web.ports.mails import Mails
from buzon.web.ports.people import Administration, People
from buzon.web.ports.post import Box, Post, Way
from buzon.web.ports.status import MOST_COUNTED, Alarm, MailboxState, Sending, Status


class Desk(Mails, Labelling, Learning, People, Administration, House, Post, Protocol):
    """Everything behind the pages. Each call may raise DatabaseError."""

    async def status(self) -> Status:
        """How the service is now."""


__all__ = [
    "MOST_COUNTED",
    "Administration",
    "Alarm",
    "Box",
    "Desk",
    "Examples",
    "House",
    "Labelling",
    "Learning",
    "MailboxState",
    "Mails",
    "Overview",
    "Past",
    "People",
    "Post",
    "Sending",
    "Setting",
    "Status",
    "User",
    "Way",
]

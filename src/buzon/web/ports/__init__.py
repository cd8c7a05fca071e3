"""What the pages need to be handed: everything behind them, as they see it."""

from typing import Protocol

from buzon.store.users import User
from buzon.web.ports.access import Access, MailProvider
from buzon.web.ports.acting import Acting, Reviewing, Views
from buzon.web.ports.answers import Answer, Answering, Answers
from buzon.web.ports.elsewhere import Elsewhere
from buzon.web.ports.house import Examples, House, Setting
from buzon.web.ports.learning import Labelling, Learning, Overview, Past
from buzon.web.ports.letters import NEIGHBOURS, Around, Letters, Neighbours
from buzon.web.ports.mails import Mails
from buzon.web.ports.outbox import Outbox
from buzon.web.ports.people import Administration, People
from buzon.web.ports.post import Box, Post, Way
from buzon.web.ports.statistics import Figures
from buzon.web.ports.status import MOST_COUNTED, Alarm, MailboxState, Sending, Status, Trouble
from buzon.web.ports.transfers import Transfers
from buzon.web.ports.webhooks import Hooks


class Desk(
    Mails,
    Acting,
    Reviewing,
    Views,
    Letters,
    Outbox,
    Labelling,
    Learning,
    Answering,
    Figures,
    People,
    Elsewhere,
    Administration,
    House,
    Post,
    Access,
    Hooks,
    Transfers,
    Protocol,
):
    """Everything behind the pages. Each call may raise DatabaseError."""

    async def status(self) -> Status:
        """How the service is now."""


__all__ = [
    "MOST_COUNTED",
    "NEIGHBOURS",
    "Access",
    "Acting",
    "Administration",
    "Alarm",
    "Answer",
    "Answering",
    "Answers",
    "Around",
    "Box",
    "Desk",
    "Elsewhere",
    "Examples",
    "Figures",
    "Hooks",
    "House",
    "Labelling",
    "Learning",
    "Letters",
    "MailProvider",
    "MailboxState",
    "Mails",
    "Neighbours",
    "Outbox",
    "Overview",
    "Past",
    "People",
    "Post",
    "Reviewing",
    "Sending",
    "Setting",
    "Status",
    "Transfers",
    "Trouble",
    "User",
    "Views",
    "Way",
]

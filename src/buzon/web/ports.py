"""What the pages need to be handed: events to show, changes to tell, people to let in."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from buzon.records import Event


@dataclass(frozen=True, slots=True)
class User:
    """Who looks at the pages; "" for somebody who came by the one-time link."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class MailboxState:
    """How the reading of a mailbox is going; `detail` is the server's word when it fails."""

    name: str
    state: Literal["starting", "reading", "waiting", "elsewhere", "failing"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """Where answers go. `detail` is the SMTP host, or what is wrong when sending fails."""

    kind: Literal["off", "smtp", "external", "failing"]
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the service is, for the strip above the mails."""

    mailboxes: tuple[MailboxState, ...] = ()
    sandbox: str = ""  # host:port where the sandbox takes mail, "" where there is none
    sending: Sending
    model: str = ""  # version at work, "" while there is none
    held: int = 0  # answers that the hourly limit holds back
    parked: int = 0  # mails set aside because the database refuses them
    alarms: tuple[str, ...] = ()  # other sentences that somebody must read


class Desk(Protocol):
    """Everything behind the pages. Each call may raise DatabaseError."""

    async def newest(self, limit: int, before: int | None = None) -> Sequence[Event]:
        """The last events, newest first, older than event `before`; bodies may be cut."""

    async def some(self, ids: Sequence[int]) -> Sequence[Event]:
        """These events, newest first; bodies may be cut."""

    async def event(self, id: int) -> Event | None:
        """One event, whole."""

    def changes(self) -> AsyncIterator[Sequence[int]]:
        """Ids of events as they come in or change. The first item is empty: from then on none
        is missed. A later empty item says that some may have been."""

    async def sign_in(self, secret: str) -> str | None:
        """A session for whoever holds an unused one-time link, which is used up; else None."""

    async def who(self, session: str) -> User | None:
        """Whose session it is; None where it has ended or never was."""

    async def sign_out(self, session: str) -> None:
        """End a session."""

    async def status(self) -> Status:
        """How the service is now."""

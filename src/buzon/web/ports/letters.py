"""An open mail with all that stands around it, and the raw mail behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from buzon.mail.original import File
from buzon.mail.sanitize import Sanitized
from buzon.records import Event
from buzon.store.delivery_attempts import Attempt

NEIGHBOURS = 25  # mails of a conversation that are shown at once on each side of the open one


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Mails of a conversation on one side of a mail, in the order of time; bodies may be cut.
    `more`: whether the conversation goes on behind them."""

    mails: Sequence[Event] = ()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around an open mail. `answer_to`: the address that a person would answer;
    `in_gmail`: its mailbox is one of Gmail's, where it can be searched for."""

    earlier: Neighbours = Neighbours()
    later: Neighbours = Neighbours()
    attempts: Sequence[Attempt] = ()
    answer_to: str = ""
    in_gmail: bool = False
    raw_kept: bool = True
    has_html: bool = False


class Letters(Protocol):
    async def around(self, event: Event) -> Around:
        """What stands around a mail."""

    async def earlier_mails(self, event: Event) -> Neighbours:
        """What came before a mail in its conversation."""

    async def later_mails(self, event: Event) -> Neighbours:
        """What came after a mail in its conversation."""

    async def html(self, id: int) -> Sanitized | None:
        """A mail's HTML so that it can be shown, with its own pictures in it; None where it has
        none, or is no longer kept raw."""

    async def attachment(self, id: int, number: int) -> File | None:
        """A mail's attachment, counted from 0; None where there is none, or no raw mail."""

    async def raw(self, id: int) -> bytes | None:
        """A mail as it came; None where it is no longer kept."""

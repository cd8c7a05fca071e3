"""What goes out, and what could not come in."""

from collections.abc import Collection, Sequence
from typing import Protocol

from buzon.records import ReplyStatus
from buzon.store.outbox_list import Listed
from buzon.store.parked import Parked


class Outbox(Protocol):
    async def outbox(
        self, limit: int, before: int | None, statuses: Sequence[ReplyStatus]
    ) -> Sequence[Listed]:
        """The last answers, older than answer `before`, in one of these states; in any where none
        is named."""

    @property
    def replies_per_hour(self) -> int:
        """How many answers may go out within an hour; what is more is held back."""

    async def quarantine(self, limit: int, before: int | None) -> Sequence[Parked]:
        """The last mails that were parked, older than number `before`."""

    async def parked(self, id: int) -> tuple[Parked, bytes] | None:
        """A parked mail and its content."""

    async def try_again(self, id: int, who: str) -> int:
        """Hand a parked mail in anew; its event. Raises NotFound, Invalid where there is no mail,
        Conflict with the database's words where it is refused again, and then it stays parked."""

    async def delete_parked(self, ids: Collection[int], who: str) -> None:
        """Delete parked mails for good, which is noted. Raises NotFound where none is there."""

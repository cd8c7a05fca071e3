"""Mails to show, and their changes to tell."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from buzon.records import Event
from buzon.store.events import Place
from buzon.store.filters import Filter
from buzon.store.search import Found


class Mails(Protocol):
    async def newest(
        self, limit: int, wanted: Filter, before: Place | None = None
    ) -> Sequence[Event]:
        """The events received last, the newest first, of those before a place in the list; bodies
        may be cut."""

    async def find(self, ids: Sequence[int], words: str) -> Mapping[int, Found]:
        """Where these words stand in these mails."""

    async def count(self, wanted: Filter, most: int) -> int:
        """How many events there are; `most` where they are more."""

    async def mailbox_names(self) -> Sequence[str]:
        """The mailboxes that there are mails of."""

    async def some(self, ids: Sequence[int]) -> Sequence[Event]:
        """These events, newest first; bodies may be cut."""

    async def event(self, id: int) -> Event | None:
        """One event, whole."""

    def changes(self) -> AsyncIterator[Sequence[int]]:
        """Ids of events as they come in or change. The first item is empty: from then on none
        is missed. A later empty item says that some may have been."""

"""Mails to show, and their changes to tell."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from buzon.records import Event


class Mails(Protocol):
    async def newest(
        self, limit: int, before: int | None = None, *, to_review: bool = False
    ) -> Sequence[Event]:
        """The last events, or the last that wait for a person; newest first, older than event
        `before`; bodies may be cut."""

    async def some(self, ids: Sequence[int]) -> Sequence[Event]:
        """These events, newest first; bodies may be cut."""

    async def event(self, id: int) -> Event | None:
        """One event, whole."""

    def changes(self) -> AsyncIterator[Sequence[int]]:
        """Ids of events as they come in or change. The first item is empty: from then on none
        is missed. A later empty item says that some may have been."""

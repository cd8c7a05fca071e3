"""How this Buzón is set up, and who changed what about it."""

from collections.abc import Sequence
from typing import Protocol

from buzon.store.changes import Change, Wanted


class House(Protocol):
    async def log(self, wanted: Wanted, limit: int) -> Sequence[Change]:
        """Who changed what, the newest first."""

    async def authors(self) -> Sequence[str]:
        """Everybody who changed something."""

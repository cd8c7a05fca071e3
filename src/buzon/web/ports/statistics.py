"""The dashboard's figures."""

from collections.abc import Sequence
from typing import Protocol

from buzon.flow import Statistics, Wanted


class Figures(Protocol):
    async def statistics(self, wanted: Wanted) -> Statistics:
        """The figures of these days. Raises Invalid."""

    async def counted_mailboxes(self) -> Sequence[str]:
        """The mailboxes that there is a mail of."""

"""What is done now and then so that the model at work stays what it was promised to be."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from buzon.flow import drift, promise, rescoring
from buzon.flow.following import Follower
from buzon.flow.intake import Flow
from buzon.flow.promise import Terms


@dataclass(frozen=True, slots=True)
class Keeper:
    """One worker's hands for everything about the promise."""

    flow: Flow
    follower: Follower
    terms: Terms
    timezone: ZoneInfo

    async def rescore(self) -> None:
        """Score what waits for a person by the model at work, not by the one before it."""
        await self.follower.catch_up()
        await rescoring.rescore(self.flow)

    async def renew(self) -> None:
        """Put the threshold in force that these terms ask for."""
        await promise.renew(self.flow.db, self.terms)

    async def keep(self) -> None:
        """Draw what is missing of yesterday's audits, ask the audits for the threshold, and look
        whether the mails of the last weeks are still like those before."""
        await promise.fill_up(self.flow, self.timezone)
        await self.renew()
        await drift.look(self.flow.db, self.timezone)

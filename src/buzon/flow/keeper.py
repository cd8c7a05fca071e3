"""What is done now and then so that the model at work stays what it was promised to be, and the
figures cheap to tell."""

import asyncio
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from buzon.flow import acting_long, drift, promise, renaming, rescoring
from buzon.flow.following import Follower
from buzon.flow.intake import Flow
from buzon.flow.promise import Terms
from buzon.store import rollups

MANY = 2_000  # counts that wait: a burst, as opposed to some mails
PAUSE = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Keeper:
    """One worker's hands for everything about the promise and the figures."""

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

    async def rename(self) -> None:
        """Give mails the names that their categories have by now."""
        await renaming.carry_on(self.flow.db)

    async def act(self) -> None:
        """Go on with what people do to many mails at once."""
        await acting_long.carry_on(self.flow.db)

    async def add_up(self) -> None:
        """Add what was counted since the last time to the rollups; again and again while much is,
        for whoever asks for figures reads what isn't added up yet row by row."""
        while await self._fold() > MANY:
            await rollups.sweep(self.flow.db)
            await asyncio.sleep(PAUSE)

    async def _fold(self) -> int:
        async with self.flow.db.transaction() as db:
            return await rollups.fold(db)

"""What the strip above the mails warns of, and other pages tell more about."""

import time
from typing import cast

from buzon.flow import Account
from buzon.store import drift_alarms, mail_grants
from buzon.store.db import Connection
from buzon.web import Alarm

# The strip is drawn up to five times a second, and every label changes the account.
EVERY = 60.0  # seconds


class Alarms:
    """Whether the promise is kept, looked up once a minute, what has drifted, and whether all
    accounts let us in."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._broken = False
        self._look_at = 0.0

    async def ringing(self, db: Connection) -> tuple[Alarm, ...]:
        found = [cast(Alarm, drift.what) for drift in await drift_alarms.ringing(db)]
        if await mail_grants.troubled(db):
            found.insert(0, "access")
        return ("promise", *found) if await self._is_broken(db) else tuple(found)

    async def _is_broken(self, db: Connection) -> bool:
        if time.monotonic() >= self._look_at:
            self._broken = (await self._account.standing(db)).broken
            self._look_at = time.monotonic() + EVERY
        return self._broken

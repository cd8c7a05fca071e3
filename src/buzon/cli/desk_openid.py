"""What the pages ask for about signing in elsewhere, answered by the provider and the store."""

from collections.abc import Collection, Mapping

from buzon.errors import NotFound
from buzon.flow import Entrance, Visitor, identities
from buzon.store import identities as accounts
from buzon.store.db import Database


class OpenIdDesk:
    """The web's `Elsewhere`."""

    db: Database
    entrance: Entrance | None

    def provider(self) -> str:
        return self.entrance.provider.name if self.entrance else ""

    async def depart(self, wanted: str, browser: str, visitor: Visitor) -> str:
        return await identities.depart(self.db, self._entrance, wanted, browser, visitor)

    async def come_back(
        self, answer: Mapping[str, str], browser: str, visitor: Visitor
    ) -> tuple[str, str]:
        return await identities.come_back(self.db, self._entrance, answer, browser, visitor)

    @property
    def _entrance(self) -> Entrance:
        if self.entrance is None:
            raise NotFound("People sign in here by password.")
        return self.entrance

    async def connected(self) -> Collection[int]:
        if self.entrance is None:
            return ()
        async with self.db.reading() as db:
            return await accounts.connected(db, self.entrance.provider.issuer)

    async def disconnect(self, id: int, who: str) -> None:
        async with self.db.transaction(by=who) as db:
            await identities.disconnect(db, id)

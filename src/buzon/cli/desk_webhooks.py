"""What the pages ask for about webhooks, answered from the store."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from buzon.cli.safe import Safe
from buzon.flow import Webhooks
from buzon.store import webhook_deliveries, webhooks
from buzon.store.db import Database
from buzon.store.queue import Queue
from buzon.store.webhook_deliveries import Delivery, Status, Tally
from buzon.store.webhooks import Wanted, Webhook


class WebhooksDesk:
    """The web's `Hooks` over the database."""

    db: Database
    queue: Queue
    safe: Safe

    def __init__(self) -> None:
        self.hooks = Webhooks(self.db, self.queue, self.safe)

    async def webhooks(self) -> Sequence[Webhook]:
        async with self.db.reading() as db:
            return await webhooks.listed(db)

    async def tallies(self) -> Mapping[int, Tally]:
        async with self.db.reading() as db:
            return await webhook_deliveries.tallies(db)

    async def webhook(self, id: int) -> Webhook:
        async with self.db.reading() as db:
            return await webhooks.get(db, id)

    async def add_webhook(self, wanted: Wanted, who: str) -> tuple[int, str]:
        return await self.hooks.add(wanted, who)

    async def change_webhook(self, id: int, wanted: Wanted, who: str) -> None:
        await self.hooks.change(id, who, **asdict(wanted))

    async def new_webhook_secret(self, id: int, who: str) -> str:
        return await self.hooks.new_secret(id, who)

    async def switch_webhook(self, id: int, on: bool, who: str) -> None:
        await self.hooks.change(id, who, on=on)

    async def remove_webhook(self, id: int, who: str) -> None:
        await self.hooks.remove(id, who)

    async def test_webhook(self, id: int) -> Delivery:
        return await self.hooks.test(id)

    async def deliveries(
        self, id: int, limit: int, before: int | None, status: Status | None
    ) -> Sequence[Delivery]:
        async with self.db.reading() as db:
            return await webhook_deliveries.newest(db, id, limit, before=before, status=status)

    async def send_again(self, id: int, delivery: int) -> None:
        await self.hooks.send_again(id, delivery)

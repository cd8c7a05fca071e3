"""Who is told by HTTP of what happens here."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from buzon.store.webhook_deliveries import Delivery, Status, Tally
from buzon.store.webhooks import Wanted, Webhook


class Hooks(Protocol):
    """Each call about one webhook raises NotFound where it is not there. `who` does it."""

    async def webhooks(self) -> Sequence[Webhook]:
        """All of them, by name."""

    async def tallies(self) -> Mapping[int, Tally]:
        """How each does; none for one that was told nothing yet."""

    async def webhook(self, id: int) -> Webhook: ...

    async def add_webhook(self, wanted: Wanted, who: str) -> tuple[int, str]:
        """Its number and its secret, which is told only now. Raises TextRefused, SettingsError."""

    async def change_webhook(self, id: int, wanted: Wanted, who: str) -> None:
        """Raises TextRefused."""

    async def new_webhook_secret(self, id: int, who: str) -> str:
        """Another secret, which is told only now. Raises SettingsError."""

    async def switch_webhook(self, id: int, on: bool, who: str) -> None: ...

    async def remove_webhook(self, id: int, who: str) -> None: ...

    async def test_webhook(self, id: int) -> Delivery:
        """Send it a test now; what came back. Raises SettingsError."""

    async def deliveries(
        self, id: int, limit: int, before: int | None, status: Status | None
    ) -> Sequence[Delivery]:
        """What it was told, the newest first."""

    async def send_again(self, id: int, delivery: int) -> None:
        """Raises Conflict where the webhook is switched off."""

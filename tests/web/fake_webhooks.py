"""Webhooks in memory, and what they were told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from buzon.errors import Conflict, NotFound, TextRefused
from buzon.store.webhook_deliveries import Delivery, Status, Tally
from buzon.store.webhooks import Wanted, Webhook

SECRET = "whsec_c2lldGUgY2FqYXMgYXp1bGVzIHNpZXRlIGNhamFz"


def make_webhook(id: int, name: str, **changes: object) -> Webhook:
    webhook = Webhook(
        id, name, "https://n8n.example.com/webhook/buzon", "locked",
        ("event.to_review", "event.corrected", "reply.sent"), "summary", "Ana Ruiz",
        datetime.now(UTC),
    )  # fmt: skip
    return replace(webhook, **changes)  # type: ignore[arg-type]


def make_delivery(id: int, **changes: object) -> Delivery:
    now = datetime.now(UTC)
    delivery = Delivery(
        id, UUID(int=id), "event.to_review", 3, now, "delivered", 1, now, now, 200, "", "ok", 35
    )
    return replace(delivery, **changes)  # type: ignore[arg-type]


class FakeWebhooks:
    """The web's `Hooks`, from lists."""

    def __init__(self) -> None:
        later = datetime.now(UTC) + timedelta(minutes=9)
        self.hooks = {3: make_webhook(3, "n8n")}
        self.told = [
            make_delivery(1),
            make_delivery(
                2, status="queued", attempts=3, http_status=503, response="busy", due_at=later,
                delivered_at=None,
            ),
            make_delivery(
                4, kind="alarm.raised", event_id=None, status="failed", attempts=12,
                http_status=None, detail="nothing answers at this address", response="",
                milliseconds=2, delivered_at=None,
            ),
        ]  # fmt: skip
        self.sent_again: list[int] = []

    async def webhooks(self) -> Sequence[Webhook]:
        return list(self.hooks.values())

    async def tallies(self) -> Mapping[int, Tally]:
        return {3: Tally(1, 0, 1, datetime.now(UTC))}

    async def webhook(self, id: int) -> Webhook:
        if id not in self.hooks:
            raise NotFound("There is no such webhook.")
        return self.hooks[id]

    async def add_webhook(self, wanted: Wanted, who: str) -> tuple[int, str]:
        self._refuse_webhook(wanted)
        id = max(self.hooks, default=0) + 1
        self.hooks[id] = make_webhook(id, wanted.name, url=wanted.url, kinds=wanted.kinds)
        return id, SECRET

    async def change_webhook(self, id: int, wanted: Wanted, who: str) -> None:
        self._refuse_webhook(wanted)
        self.hooks[id] = replace(
            await self.webhook(id), name=wanted.name, url=wanted.url, kinds=wanted.kinds,
            content=wanted.content,
        )  # fmt: skip

    def _refuse_webhook(self, wanted: Wanted) -> None:
        if not wanted.url.startswith("http"):
            raise TextRefused("“%(url)s” is no address.", "Write it like https://…", url=wanted.url)

    async def new_webhook_secret(self, id: int, who: str) -> str:
        await self.webhook(id)
        return SECRET

    async def switch_webhook(self, id: int, on: bool, who: str) -> None:
        off = None if on else datetime.now(UTC)
        self.hooks[id] = replace(await self.webhook(id), disabled_at=off)

    async def remove_webhook(self, id: int, who: str) -> None:
        await self.webhook(id)
        del self.hooks[id]

    async def test_webhook(self, id: int) -> Delivery:
        await self.webhook(id)
        tried = make_delivery(
            9, kind="test", event_id=None, status="failed", http_status=404, response="not found"
        )
        self.told.append(tried)
        return tried

    async def deliveries(
        self, id: int, limit: int, before: int | None, status: Status | None
    ) -> Sequence[Delivery]:
        found = [d for d in reversed(self.told) if status in (None, d.status)]
        return [d for d in found if before is None or d.id < before][:limit]

    async def send_again(self, id: int, delivery: int) -> None:
        if not (await self.webhook(id)).enabled:
            raise Conflict("This webhook is switched off.", "Switch it on first.")
        self.sent_again.append(delivery)

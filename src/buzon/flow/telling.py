"""Webhooks are delivered: signed, sent, and what came back written down.

At least once: who gets a message knows it by its id, and drops it where it had it before.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from buzon.errors import SettingsError
from buzon.hooks.post import Answer, post
from buzon.hooks.signature import sign
from buzon.store import webhook_deliveries, webhooks
from buzon.store.db import Database
from buzon.store.queue import Queue
from buzon.store.webhook_deliveries import Claimed, Outcome
from buzon.store.webhooks import Webhook

log = structlog.get_logger()

AT_ONCE = 8  # deliveries to one webhook
LEASE = timedelta(minutes=1)  # well above what an attempt and writing it down can take
KEPT = timedelta(days=30)
# The pause after each attempt that failed: two days in all.
PAUSES = [
    timedelta(seconds=seconds)
    for seconds in (10, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 72000)
]
LONGEST_ASKED = 3600  # seconds that a receiver may ask to be left alone
GONE = 410
RECEIVER = "webhook"  # under which it is noted that one was switched off from there
GONE_AWAY = "its receiver switched the webhook off (410)"


@dataclass(frozen=True, slots=True)
class Teller:
    """One worker's hands: delivers what triggers have queued."""

    db: Database
    queue: Queue
    unlock: Callable[[str], str]

    async def tell(self, id: int) -> int:
        """Deliver what this webhook is due to be told, until nothing is or nobody answers there;
        how much was tried."""
        tried = 0
        while claimed := await self._claim(id):
            webhook, deliveries = claimed
            tried += len(deliveries)
            outcomes = await self._attempt(webhook, deliveries)
            await self._record(webhook, outcomes)
            if any(outcome.http_status in (None, GONE) for outcome in outcomes):
                break
        return tried

    async def wake(self) -> None:
        """See that what is due is delivered: a pause is over, or a worker died over it."""
        async with self.db.transaction() as db:
            for webhook in await webhook_deliveries.due(db):
                await self.queue.tell(db, webhook)

    async def forget(self) -> None:
        """Keep the log short."""
        async with self.db.transaction() as db:
            await webhook_deliveries.forget(db, KEPT)

    async def _claim(self, id: int) -> tuple[Webhook, list[Claimed]] | None:
        async with self.db.transaction() as db:
            deliveries = await webhook_deliveries.claim(db, id, AT_ONCE, LEASE)
            return (await webhooks.get(db, id), deliveries) if deliveries else None

    async def _attempt(self, webhook: Webhook, deliveries: list[Claimed]) -> list[Outcome]:
        try:
            secret = self.unlock(webhook.secret)
        except SettingsError as error:  # the key may come back, or another secret be made
            return [outcome(each, Answer(None, "", str(error), 0)) for each in deliveries]
        answers = await asyncio.gather(*(attempt(webhook, secret, each) for each in deliveries))
        return [outcome(each, answer) for each, answer in zip(deliveries, answers, strict=True)]

    async def _record(self, webhook: Webhook, outcomes: list[Outcome]) -> None:
        gone = any(outcome.http_status == GONE for outcome in outcomes)
        async with self.db.transaction(by=RECEIVER if gone else "") as db:
            await webhook_deliveries.record(db, outcomes)
            if gone:
                await webhooks.disable(db, webhook.id, gone=True)
                await webhook_deliveries.give_up(db, webhook.id, GONE_AWAY)
        if gone:
            log.warning("a webhook is switched off by its receiver", webhook=webhook.name)


async def attempt(webhook: Webhook, secret: str, delivery: Claimed) -> Answer:
    """Send a message once."""
    now = int(datetime.now(UTC).timestamp())
    body = payload(delivery)
    headers = {
        "content-type": "application/json",
        "user-agent": "Buzon/0.1",
        "webhook-id": delivery.name,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, delivery.name, now, body),
    }
    return await post(webhook.url, headers, body)


def payload(delivery: Claimed) -> bytes:
    """The body: what happened, and when."""
    data = dict(delivery.data)
    if delivery.body is not None:
        data["event"] = data["event"] | {"body": delivery.body}
    told = {"type": delivery.kind, "timestamp": delivery.created_at.astimezone(UTC).isoformat()}
    return json.dumps(told | {"data": data}, ensure_ascii=False).encode()


def outcome(delivery: Claimed, answer: Answer, now: datetime | None = None) -> Outcome:
    """What an answer means for a delivery: there, tried again after a pause, or given up."""
    now = now or datetime.now(UTC)
    told = (answer.status, answer.fault, answer.text, answer.milliseconds)
    if answer.took_it:
        return Outcome(delivery.id, "delivered", now, *told)
    if delivery.attempts > len(PAUSES) or answer.status == GONE:
        return Outcome(delivery.id, "failed", now, *told)
    asked = timedelta(seconds=min(answer.retry_after or 0, LONGEST_ASKED))
    return Outcome(delivery.id, "queued", now + max(PAUSES[delivery.attempts - 1], asked), *told)

"""Webhooks as people set them up: made, changed, tried."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol, TypedDict, Unpack

from buzon.errors import Conflict, SettingsError, TextRefused
from buzon.flow.telling import LEASE, attempt
from buzon.hooks.addresses import refuse_unusable
from buzon.hooks.post import Answer
from buzon.hooks.signature import make_secret
from buzon.store import webhook_deliveries, webhooks
from buzon.store.db import Connection, Database
from buzon.store.queue import Queue
from buzon.store.webhook_deliveries import Delivery, Outcome, Status
from buzon.store.webhooks import CONTENTS, KINDS, Content, Kind, Wanted

LONGEST_NAME = 80
SWITCHED_OFF = "switched off before it was delivered"


class Safe(Protocol):
    """Locks secrets for the database. Raises SettingsError without the key that it needs."""

    def lock(self, secret: str) -> str: ...

    def unlock(self, locked: str) -> str: ...


class Fields(TypedDict, total=False):
    """Those of `Wanted`."""

    name: str
    url: str
    kinds: Sequence[Kind]
    content: Content


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What can be done with webhooks. Whoever does it is noted by name."""

    db: Database
    queue: Queue
    safe: Safe

    async def add(self, wanted: Wanted, who: str) -> tuple[int, str]:
        """Its number and its secret, which nobody can ask for again. Raises TextRefused."""
        _refuse(wanted)
        secret = make_secret()
        locked = self.safe.lock(secret)
        async with self.db.transaction(by=who) as db:
            return await webhooks.add(db, wanted, locked, who), secret

    async def change(
        self, id: int, who: str, *, on: bool | None = None, **fields: Unpack[Fields]
    ) -> None:
        """Give it other fields, and switch it `on` or off: all or nothing. Once off it is told of
        nothing more, not even of what it waits for. Raises TextRefused, NotFound."""
        async with self.db.transaction(by=who) as db:
            if fields:
                wanted = replace((await webhooks.get(db, id)).wanted, **fields)
                _refuse(wanted)
                await webhooks.change(db, id, wanted)
            if on is not None:
                await _switch(db, id, on)

    async def new_secret(self, id: int, who: str) -> str:
        """What is delivered from now on is signed with this one. Raises NotFound."""
        secret = make_secret()
        locked = self.safe.lock(secret)
        async with self.db.transaction(by=who) as db:
            await webhooks.set_secret(db, id, locked)
        return secret

    async def remove(self, id: int, who: str) -> None:
        """With its log. Raises NotFound."""
        async with self.db.transaction(by=who) as db:
            await webhooks.remove(db, id)

    async def send_again(self, id: int, delivery: int) -> Delivery:
        """As the same message, at once. Raises NotFound, Conflict."""
        async with self.db.transaction() as db:
            if not (await webhooks.get(db, id)).enabled:
                raise Conflict("This webhook is switched off.", "Switch it on first.")
            queued = await webhook_deliveries.again(db, id, delivery)
            await self.queue.tell(db, id)
        return queued

    async def test(self, id: int) -> Delivery:
        """Send it a message of the kind `test`, once, and say what came back. It may be switched
        off. Raises NotFound."""
        async with self.db.transaction() as db:
            webhook = await webhooks.get(db, id)
            data = {"webhook": {"id": webhook.id, "name": webhook.name}}
            claimed = await webhook_deliveries.add_test(db, id, data, LEASE)
        try:
            answer = await attempt(webhook, self.safe.unlock(webhook.secret), claimed)
        except SettingsError as error:
            answer = Answer(None, "", str(error), 0)
        status: Status = "delivered" if answer.took_it else "failed"
        outcome = Outcome(
            claimed.id, status, datetime.now(UTC),
            answer.status, answer.fault, answer.text, answer.milliseconds,
        )  # fmt: skip
        async with self.db.transaction() as db:
            await webhook_deliveries.record(db, [outcome])
            return await webhook_deliveries.get(db, id, claimed.id)


async def _switch(db: Connection, id: int, on: bool) -> None:
    if not on:
        await webhooks.disable(db, id)
    # What was told in a transaction that ended only after it was switched off still waits.
    if not on or await webhooks.enable(db, id):
        await webhook_deliveries.give_up(db, id, SWITCHED_OFF)


def _refuse(wanted: Wanted) -> None:
    name = wanted.name
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise TextRefused(
            "The webhook has no name, or one that is too long.", "Say who is told by it."
        )
    if not wanted.kinds or set(wanted.kinds) - set(KINDS):
        raise TextRefused("It would be told of nothing.", "Choose what it is told of.")
    if wanted.content not in CONTENTS:
        raise TextRefused("It would be told nothing.", "Choose how much of a mail it is told.")
    refuse_unusable(wanted.url)

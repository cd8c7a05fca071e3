"""A mail that comes with a key, under which it may come again: then its first answer counts."""

from collections.abc import Sequence

from buzon.errors import KeyReused
from buzon.flow.intake import Flow, handle_mails
from buzon.flow.known import Handled
from buzon.records import RawMail
from buzon.store import idempotency_keys
from buzon.store.db import Connection
from buzon.store.idempotency_keys import Key


async def handle_keyed(flow: Flow, raw: RawMail, key: Key) -> Handled:
    """As `handle_mails`, and what became of the mail when it first came with this key. Raises
    KeyReused where that was another mail; then nothing is stored."""
    first = Handled(None)

    async def note(db: Connection, handled: Sequence[Handled]) -> None:
        nonlocal first
        (first,) = handled
        if first.event_id is None:  # it was parked, and will be again
            return
        kept = await idempotency_keys.keep(db, key, first.event_id, duplicate=first.duplicate)
        if kept.digest != key.digest:
            raise KeyReused(
                f"The Idempotency-Key “{key.key}” stands for another mail.",
                "Make a new key for each mail; it stands for it for a day.",
            )
        first = Handled(kept.event_id, kept.duplicate)

    await handle_mails(flow, [raw], note)
    return first

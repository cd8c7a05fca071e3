"""Mails that are handed in one by one, each maybe with a key, under which it may come again: then
its first answer counts."""

from collections.abc import Sequence

from buzon.errors import KeyReused
from buzon.flow.intake import Flow, handle_mails, judge, keep_together, log_stored
from buzon.flow.known import Handled
from buzon.flow.together import Together
from buzon.records import RawMail
from buzon.store import idempotency_keys
from buzon.store.db import Connection, ContentRefused
from buzon.store.events import NewEvent
from buzon.store.idempotency_keys import Key

MOST = 64  # mails in a transaction
LARGE = 200_000  # bytes; such a mail goes by itself: none that came before waits for it

Given = tuple[RawMail, Key | None]


class HandedIn:
    """Takes mails, those that come at the same time together: one prediction, one commit."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._together = Together(self._keep, most=MOST, alone=_is_large)

    async def take(self, raw: RawMail, key: Key | None) -> Handled:
        """As `handle_mails`, and what became of the mail when it first came with this key. Raises
        KeyReused where that was another mail; then nothing is stored."""
        try:
            handled, new = await self._together.ask((raw, key))
        except ContentRefused:
            notes = _Notes([key])
            await handle_mails(self._flow, [raw], notes.note)
            (handled,), new = notes.first, []
        log_stored(new)
        return handled

    async def _keep(self, given: Sequence[Given]) -> list[tuple[Handled, list[NewEvent]]]:
        """What became of each, and its event where it is new."""
        notes = _Notes([key for _, key in given])
        judged = await judge(self._flow, [raw for raw, _ in given])
        handled, new = await keep_together(self._flow, judged, notes.note)
        by_id = {event.id: event for event in new}
        return [
            (first, [by_id[now.event_id]] if now.event_id in by_id and not now.duplicate else [])
            for first, now in zip(notes.first, handled, strict=True)
        ]


def _is_large(given: Given) -> bool:
    raw, _ = given
    return len(raw.content) > LARGE


class _Notes:
    """Notes what the keys of mails stand for, and knows what became of these first."""

    def __init__(self, keys: Sequence[Key | None]) -> None:
        self._keys = keys
        self.first: list[Handled] = []

    async def note(self, db: Connection, handled: Sequence[Handled]) -> None:
        pairs = zip(self._keys, handled, strict=True)
        self.first = [await _kept(db, key, now) for key, now in pairs]


async def _kept(db: Connection, key: Key | None, now: Handled) -> Handled:
    if key is None or now.event_id is None:  # a mail that was parked will be again
        return now
    kept = await idempotency_keys.keep(db, key, now.event_id, duplicate=now.duplicate)
    if kept.digest != key.digest:
        raise KeyReused(
            f"The Idempotency-Key “{key.key}” stands for another mail.",
            "Make a new key for each mail; it stands for it for a day.",
        )
    return Handled(kept.event_id, kept.duplicate)

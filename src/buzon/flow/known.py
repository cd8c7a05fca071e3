"""Which mails of a batch are new, and which are stored already, in the table or earlier in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from buzon.flow.at_work import Rules
from buzon.records import Message, Prediction, RawMail
from buzon.store import events
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class Judged:
    """A mail with what we understood of it, what the model says, and the rules it says so by."""

    raw: RawMail
    message: Message
    prediction: Prediction
    rules: Rules

    @property
    def sure(self) -> bool:
        return not self.rules.unsure(self.prediction)


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one mail: its event, or None where it was parked."""

    event_id: int | None
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Fresh:
    """A mail that is not stored yet, with the number and key it will be stored under."""

    id: int
    key: str
    judged: Judged


async def sort_out(db: Connection, judged: Sequence[Judged]) -> tuple[list[Handled], list[Fresh]]:
    """Tell new mails from those we have. The caller holds the intake lock.

    The same Message-ID is the same mail, unless sender and text are both others: then somebody
    used an id twice, by mistake or to have a mail of ours overlooked, and it is kept apart.
    """
    places = [(each.message.mailbox, key) for each in judged for key in keys(each.message)]
    known = await events.known(db, places)
    ids = await events.next_ids(db, len(judged))
    handled: list[Handled] = []
    fresh: list[Fresh] = []
    for id, each in zip(ids, judged, strict=True):
        m = each.message
        own, other = ((m.mailbox, key) for key in keys(m))
        place, there = own, known.get(own)
        if there and there.sender != m.sender and there.digest != m.digest:
            place, there = other, known.get(other)
        if there:
            handled.append(Handled(there.id, duplicate=True))
            continue
        known[place] = events.Stored(id, m.sender, m.digest)
        fresh.append(Fresh(id, place[1], each))
        handled.append(Handled(id))
    return handled, fresh


def keys(message: Message) -> tuple[str, str]:
    """What a mail is known by: its Message-ID; and where another mail has that same one, the
    Message-ID made longer with what tells them apart."""
    return message.message_id, f"{message.message_id} {message.digest[:32]}"

"""Which mails of a batch are new, and which are stored already, in the table or earlier in it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from buzon.flow.at_work import Rules
from buzon.records import Message, Prediction, RawMail, Sign
from buzon.store import events
from buzon.store.db import Connection

Place = tuple[str, str]  # a mailbox, and what a mail in it is known by


@dataclass(frozen=True, slots=True)
class Judged:
    """A mail with what we understood of it, what tells of a machine, what the model says, and the
    rules it says so by."""

    raw: RawMail
    message: Message
    signs: tuple[Sign, ...]
    prediction: Prediction
    rules: Rules

    @property
    def needed(self) -> float:
        """How sure one must be to handle it without a person."""
        return self.rules.needed(self.prediction.category)

    @property
    def sure(self) -> bool:
        return not self.rules.unsure(self.prediction)


@dataclass(frozen=True, slots=True)
class Refused:
    """A mail that can't be understood, and why: it is parked."""

    raw: RawMail
    why: str


Verdict = Judged | Refused


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
    known = await _known(db, [each.message for each in judged])
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


async def _known(db: Connection, messages: Sequence[Message]) -> dict[Place, events.Stored]:
    """Those that are stored under the Message-IDs of these mails; of one that was used before also
    what is stored under its longer key."""
    own = Counter((m.mailbox, m.message_id) for m in messages)
    known = await events.known(db, list(own))
    used = [
        m
        for m in messages
        if (m.mailbox, m.message_id) in known or own[m.mailbox, m.message_id] > 1
    ]
    if used:
        known |= await events.known(db, [(m.mailbox, keys(m)[1]) for m in used])
    return known


def keys(message: Message) -> tuple[str, str]:
    """What a mail is known by: its Message-ID; and where another mail has that same one, the
    Message-ID made longer with what tells them apart."""
    return message.message_id, f"{message.message_id} {message.digest[:32]}"

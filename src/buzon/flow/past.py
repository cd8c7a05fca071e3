"""What went before: the conversation a mail belongs to, and what its sender was sent of late."""

from collections.abc import Sequence
from datetime import UTC, datetime

from buzon.mail.policy import Ledger, addressee
from buzon.records import Message
from buzon.store import events, outbox
from buzon.store.db import Connection, together


async def threads_of(db: Connection, messages: Sequence[Message]) -> list[str]:
    """The conversation of each mail: that of a mail it answers, if we know one; else one that
    begins with the oldest it refers to, or with itself.

    Such a beginning holds for one person: many people answer the same newsletter, and contact
    forms give all their mails one Message-ID.
    """
    wanted = {ref for m in messages for ref in _references(m)}
    known = await events.threads(db, list(wanted)) if wanted else {}
    threads = []
    for m in messages:
        refs = _references(m)
        thread = next((known[ref] for ref in refs if ref in known), None)
        thread = thread or f"{refs[-1] if refs else m.message_id} {addressee(m)}"
        known[m.message_id] = thread
        threads.append(thread)
    return threads


def _references(message: Message) -> list[str]:
    """The mails that this one answers, the nearest first."""
    refs = [message.in_reply_to, *reversed(message.references)]
    return [ref for ref in refs if ref and ref != message.message_id]


async def ledger_of(db: Connection, messages: Sequence[Message], threads: Sequence[str]) -> Ledger:
    """What was answered of late, as far as these mails are concerned."""
    last_hour, answered, addressees = await together(
        db,
        outbox.count_last_hour(db),
        outbox.answered_threads(db, threads),
        outbox.addressees(db, list({addressee(m) for m in messages})),
    )
    ledger = Ledger(now=datetime.now(UTC), last_hour=last_hour, threads=answered)
    for recipient, past in addressees.items():
        ledger.hourly[recipient] = past.last_hour
        ledger.daily[recipient] = past.last_day
        ledger.subjects |= {(recipient, subject) for subject in past.subjects}
    return ledger

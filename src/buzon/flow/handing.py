"""Where an external program sends the replies: they are handed out, and it reports what became of
them. What it doesn't report in time, or could not send, is handed out again."""

from typing import Literal

import structlog

from buzon.errors import NotFound, NotHandedOut
from buzon.flow.intake import Flow
from buzon.flow.letting_go import give_up_old, unblock
from buzon.mail.smtp import EXPIRY, backoff
from buzon.records import Event
from buzon.store import events, handed, notify
from buzon.store.db import Connection, Database
from buzon.store.handed import Handed

log = structlog.get_logger()

REPORT_SECONDS = 180.0  # n8n's workflow tries again every 70 seconds (n8n/README.md)
MOST_WORDS = 1000  # characters kept of what went wrong


async def hand_out(flow: Flow, limit: int, mailbox: str | None = None) -> list[Event]:
    """The events whose replies are in the caller's hands from now on, oldest first; none where
    Buzón alone sends."""
    if not flow.policy.hands_out:
        return []
    async with flow.db.transaction() as db:
        ids = await handed.hand_out(
            db, limit, mailbox, flow.policy.hand_out_for, EXPIRY, again=could_report(flow.db)
        )
        await notify.notify(db, ids)
        return await events.whole(db, ids)


def could_report(db: Database) -> bool:
    """Whether who has answers in hand could tell of them for long enough. Where we were away, what
    went out meanwhile could not be reported, and must not go out again before it is."""
    return db.well_for > REPORT_SECONDS


async def report(
    flow: Flow,
    event_id: int,
    status: Literal["sent", "failed"],
    *,
    error: str = "",
    attempts: int | None = None,
    message_id: str = "",
    by: str,
) -> Event:
    """Note what an external sender says of the reply that it was handed; the event as it is then.

    `attempts`: of which hand-out it speaks. What went out went out, whoever had it; a failure
    counts only where the reply is still in those hands. `message_id`: under which it went out,
    where the sender could not keep ours. Raises NotFound; NotHandedOut, also while
    Buzón itself sends it.
    """
    async with flow.db.transaction() as db:
        reply = await handed.of_event(db, event_id)
        await _refuse_unless_handed(db, event_id, reply)
        assert reply is not None  # noqa: S101 - refused above
        present = reply.status == "handed" and attempts in {None, reply.attempts}
        if status == "sent" and reply.status != "sent":
            await handed.note_sent(db, reply, by, message_id)
        elif status == "failed" and present:
            words = " ".join(error.replace("\0", " ").split())[:MOST_WORDS]
            detail = f"{by}: {words or 'not sent'}"
            await handed.note_failed(db, reply, detail, backoff(reply.attempts))
        await notify.notify(db, [event_id])
        event = await events.get(db, event_id)
    assert event is not None  # noqa: S101 - its reply is locked
    log.info("answer reported", mail=event_id, outcome=status, by=by)
    return event


async def _refuse_unless_handed(db: Connection, event_id: int, reply: Handed | None) -> None:
    if reply is None and await events.get(db, event_id) is None:
        raise NotFound(f"There is no event {event_id}.")
    if reply is None or not reply.ever:
        raise NotHandedOut(
            f"No reply to event {event_id} was handed out.", "There is nothing to report."
        )
    if reply.status == "sending":
        raise NotHandedOut(
            f"Buzón itself is sending the reply to event {event_id}: it was not reported in time.",
            "There is nothing to report.",
        )


async def tend(flow: Flow) -> None:
    """What is done every few seconds where only an external program sends: free what a worker had
    claimed that sent until then, let go what waits for room under the global cap, and give up what
    can no longer be handed out."""
    async with flow.db.transaction() as db:
        changed = [*await unblock(db, flow), *await give_up_old(db)]
        changed += await handed.give_up(db, EXPIRY)
        await notify.notify(db, changed)

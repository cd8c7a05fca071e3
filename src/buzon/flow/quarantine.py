"""A parked mail is handed in anew, as when the database takes now what it refused, or when there is
memory now to understand it. Or some are deleted."""

from collections.abc import Collection, Sequence

from buzon.errors import Conflict, Invalid, NotFound
from buzon.flow.intake import Flow, judge, keep_together, log_stored
from buzon.flow.known import Handled, Refused
from buzon.mail.in_json import NO_JSON_MAIL
from buzon.records import RawMail
from buzon.store import changes, parked
from buzon.store.db import Connection, ContentRefused, Database
from buzon.store.parked import Parked

NO_CONTENT = "The mail server did not hand this mail out, so there is nothing to hand in."
LOOK = "It is still in its mailbox: look at it there."
NO_MAIL = "This line of a file is no mail, so there is nothing to hand in."
IMPORT = "Correct the line in its file, import that, and delete this one."


def may_be_tried(about: Parked) -> bool:
    """Whether there is a mail that could be handed in anew."""
    return bool(about.size) and not about.reason.startswith(NO_JSON_MAIL)


async def try_again(flow: Flow, id: int, who: str) -> int:
    """Handle a parked mail as if it came in when it was parked; its event. It leaves the quarantine
    in the transaction that stores the event, and is answered at most once whoever tries how often:
    the same mail is one event. Who tried is noted. Raises NotFound, Invalid where there is no
    mail, and Conflict where it is refused as before; then it stays parked."""
    async with flow.db.transaction() as db:
        found = await parked.get(db, id)
    if found is None:
        raise NotFound(f"There is no parked mail {id}.")
    about, content = found
    if not may_be_tried(about):
        raise Invalid(NO_MAIL, IMPORT) if content else Invalid(NO_CONTENT, LOOK)

    async def unpark(db: Connection, _handled: Sequence[Handled]) -> None:
        await parked.remove(db, [id])
        await changes.note(db, who, "parked", str(id), _said(about), None)

    raw = RawMail(about.mailbox, content, about.parked_at, about.source, about.size)
    (verdict,) = await judge(flow, [raw])
    if isinstance(verdict, Refused):
        raise await _refused(flow.db, id, verdict.why, who)
    try:
        (handled,), new = await keep_together(flow, [verdict], unpark)
    except ContentRefused as error:
        raise await _refused(flow.db, id, error.what, who) from error
    log_stored(new)
    assert handled.event_id is not None  # noqa: S101 - it was not refused
    return handled.event_id


async def _refused(db: Database, id: int, why: str, who: str) -> Conflict:
    async with db.transaction() as connection:
        await changes.note(connection, who, "parked", str(id), {}, {"reason": why})
    return Conflict(why)


async def delete_parked(db: Database, ids: Collection[int], who: str) -> None:
    """For good; each is noted. Raises NotFound where none of them is there any more."""
    async with db.transaction() as connection:
        deleted = await parked.remove(connection, ids)
        if not deleted:
            raise NotFound("Of these mails none is parked.")
        for about in deleted:
            which, becomes = str(about.id), {"deleted": True}
            await changes.note(connection, who, "parked", which, _said(about), becomes)


def _said(about: Parked) -> dict[str, str]:
    """What is noted of a mail that is parked no longer."""
    return {"mailbox": about.mailbox, "reason": about.reason}

"""A parked mail is handed in anew, as when the database takes by now what it refused."""

from collections.abc import Sequence

from buzon.errors import Conflict, Invalid, NotFound
from buzon.flow.intake import Flow, judge, keep_together, log_stored
from buzon.flow.known import Handled
from buzon.records import RawMail
from buzon.store import changes, parked
from buzon.store.db import Connection, ContentRefused


async def try_again(flow: Flow, id: int, who: str) -> int:
    """Handle a parked mail as if it came in when it was parked; its event. It leaves the quarantine
    in the transaction that stores the event, and is answered at most once whoever tries how often:
    the same mail is one event. Who tried is noted. Raises NotFound, Invalid where there is no
    content, and Conflict where it is refused as before; then it stays parked."""
    async with flow.db.transaction() as db:
        found = await parked.get(db, id)
    if found is None:
        raise NotFound(f"There is no parked mail {id}.")
    about, content = found
    if not content:
        raise Invalid(f"The parked mail {id} has no content: its server did not hand it out.")

    async def unpark(db: Connection, _handled: Sequence[Handled]) -> None:
        await parked.remove(db, id)
        said = {"mailbox": about.mailbox, "reason": about.reason}
        await changes.note(db, who, "parked", str(id), said, None)

    raw = RawMail(about.mailbox, content, about.parked_at, about.source, about.size)
    try:
        (handled,), new = await keep_together(flow, await judge(flow, [raw]), unpark)
    except ContentRefused as error:
        async with flow.db.transaction() as db:
            await changes.note(db, who, "parked", str(id), {}, {"reason": error.what})
        raise Conflict(error.what) from error
    log_stored(new)
    assert handled.event_id is not None  # noqa: S101 - only `keep` parks
    return handled.event_id

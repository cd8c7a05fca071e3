"""What a person does to mails, one or thousands at once, and how it is undone as one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from buzon.errors import Conflict, Invalid
from buzon.store import events, labels
from buzon.store.db import Connection, Database
from buzon.store.filters import Filter

MOST = 10_000  # mails at once

Which = Sequence[int] | Filter


@dataclass(frozen=True, slots=True)
class Act:
    """What was done to how many `mails`. `left`: how many were left alone, because somebody else
    had labelled them meanwhile."""

    number: int
    mails: int
    left: int = 0


async def correct(db: Database, id: int, category: str | None, was: str | None, who: str) -> Act:
    """Call a mail a category, or take back what it is called with None. Raises Conflict where
    somebody else has changed what the person saw (`was`): nobody's word is overwritten unseen."""
    async with db.transaction() as connection:
        number = await labels.act_as(connection, who)
        called, by = await labels.lock(connection, id)
        if called not in {was, category} and by != who:
            raise Conflict(
                "Somebody else has said meanwhile what this mail is.",
                "Look at it again: what you chose was not taken over.",
            )
        return Act(number, await labels.put(connection, [id], category))


async def correct_all(
    db: Database, which: Which, category: str | None, seen_at: datetime, who: str
) -> Act:
    """Call many mails a category; of a list, those that were there at `seen_at`. Those that
    somebody else has labelled since are left alone. Raises Invalid, NotFound."""
    async with db.transaction() as connection:
        number = await labels.act_as(connection, who)
        chosen = await _chosen(connection, which, seen_at)
        others = await labels.labelled_by_others(connection, chosen, who, seen_at)
        mine = [id for id in chosen if id not in others]
        return Act(number, await labels.put(connection, mine, category), len(others))


async def settle(db: Database, which: Which, seen_at: datetime, who: str) -> Act:
    """Be done with mails; of a list, with those that were there at `seen_at`."""
    async with db.transaction() as connection:
        number = await labels.act_as(connection, who)
        chosen = await _chosen(connection, which, seen_at)
        return Act(number, await events.settle(connection, chosen, who, number))


async def reopen(db: Database, id: int) -> None:
    """Be no longer done with a mail."""
    async with db.transaction() as connection:
        await events.reopen(connection, [id])


async def undo(db: Database, number: int, who: str) -> Act:
    """Undo what somebody did at once, but for what was labelled anew since."""
    async with db.transaction() as connection:
        undoing = await labels.act_as(connection, who)
        mails = await labels.undo(connection, number, who)
        return Act(undoing, mails + await events.undo_settling(connection, number, who))


async def _chosen(connection: Connection, which: Which, seen_at: datetime) -> Sequence[int]:
    if isinstance(which, Filter):
        which = replace(which, stored_by=seen_at)  # nobody does anything to a mail they can't see
        which = await events.ids(connection, which, MOST + 1)
    if len(which) > MOST:
        raise Invalid("These are more than 10,000 mails.", "Narrow the list, and go on by parts.")
    return which

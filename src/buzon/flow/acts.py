"""What a person does to mails, one or thousands at once, and how it is undone as one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from buzon.errors import Conflict
from buzon.store import events, labels
from buzon.store.db import Connection, Database
from buzon.store.filters import Filter

PIECE = 5_000  # mails of a transaction, for which others may have to wait

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

    async def put(connection: Connection, number: int, ids: Sequence[int]) -> Act:
        others = await labels.labelled_by_others(connection, ids, who, seen_at)
        mine = [id for id in ids if id not in others]
        return Act(number, await labels.put(connection, mine, category), len(others))

    return await _by_pieces(db, which, seen_at, who, put)


async def settle(db: Database, which: Which, seen_at: datetime, who: str) -> Act:
    """Be done with mails; of a list, with those that were there at `seen_at`."""

    async def put(connection: Connection, number: int, ids: Sequence[int]) -> Act:
        return Act(number, await events.settle(connection, ids, who, number))

    return await _by_pieces(db, which, seen_at, who, put)


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


async def _by_pieces(
    db: Database,
    which: Which,
    seen_at: datetime,
    who: str,
    do: Callable[[Connection, int, Sequence[int]], Awaitable[Act]],
) -> Act:
    """One act, in as many transactions as it takes. Should it be broken off, what is done stays
    done. Mails that a list had and that are gone since are passed over."""
    if isinstance(which, Filter):
        chosen = await _listed(db, replace(which, stored_by=seen_at))
    else:
        chosen = which
    act = Act(0, 0)
    for start in range(0, max(len(chosen), 1), PIECE):
        async with db.transaction() as connection:
            number = await labels.act_as(connection, who, act.number)
            ids = chosen[start : start + PIECE]
            if isinstance(which, Filter):
                ids = await events.lock(connection, ids)
            done = await do(connection, number, ids)
        act = Act(number, act.mails + done.mails, act.left + done.left)
    return act


async def _listed(db: Database, wanted: Filter) -> Sequence[int]:
    """What a person sees who looks at this list."""
    async with db.transaction() as connection:
        return await events.ids(connection, wanted)

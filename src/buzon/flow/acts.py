"""What a person does to mails, one or thousands at once, and how it is undone as one. A longer list
is gone through in `acting_long`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from buzon.errors import Conflict
from buzon.store import events, labels, long_acts
from buzon.store.db import Connection, Database
from buzon.store.filters import Filter
from buzon.store.long_acts import Kind

MOST = 10_000  # mails of a list, that a person waits for
PIECE = 5_000  # mails of a transaction, for which others may have to wait

Which = Sequence[int] | Filter


@dataclass(frozen=True, slots=True)
class Act:
    """What was done to how many `mails`: those that it changed, and that undoing it changes back.
    `same`: how many were so already; `left`: how many were left alone, because somebody else had
    labelled them meanwhile. `share` is how much is done of what goes on in the background, and
    `why` what ended it early."""

    number: int
    mails: int
    same: int = 0
    left: int = 0
    share: float = 1.0
    why: str = ""


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
        changed = await labels.put(connection, [id], category)
        return Act(number, changed, 1 - changed)


async def correct_all(
    db: Database,
    which: Which,
    category: str | None,
    seen_at: datetime,
    who: str,
    most: int = MOST,
) -> Act:
    """Call many mails a category; of a list, those that were there at `seen_at`, and more than
    `most` in the background. Those that somebody else has labelled since are left alone. Raises
    Invalid, NotFound."""

    async def put(connection: Connection, number: int, ids: Sequence[int]) -> Act:
        others = await labels.labelled_by_others(connection, ids, who, seen_at)
        mine = [id for id in ids if id not in others]
        changed = await labels.put(connection, mine, category)
        return Act(number, changed, len(mine) - changed, len(others))

    long = await _in_the_background(db, "label", which, seen_at, who, most, category)
    return long or await _by_pieces(db, which, seen_at, who, put)


async def settle(db: Database, which: Which, seen_at: datetime, who: str, most: int = MOST) -> Act:
    """Be done with mails; of a list, with those that were there at `seen_at`, and more than `most`
    in the background."""

    async def put(connection: Connection, number: int, ids: Sequence[int]) -> Act:
        changed = await events.settle(connection, ids, who, number)
        return Act(number, changed, len(ids) - changed)

    long = await _in_the_background(db, "settle", which, seen_at, who, most)
    return long or await _by_pieces(db, which, seen_at, who, put)


async def reopen(db: Database, id: int) -> None:
    """Be no longer done with a mail."""
    async with db.transaction() as connection:
        await events.reopen(connection, [id])


async def undo(db: Database, number: int, who: str) -> Act:
    """Undo what somebody did at once, but for what was labelled anew since. What goes on in the
    background goes no further, and is undone there."""
    async with db.transaction() as connection:
        undoing = await labels.act_as(connection, who)
        if await long_acts.end(connection, number, who):
            now = datetime.now(UTC)
            await long_acts.add(connection, undoing, "undo", who, seen_at=now, undoes=number)
            return Act(undoing, 0, share=0.0)
        mails = await labels.undo(connection, number, who)
        return Act(undoing, mails + await events.undo_settling(connection, number, who))


async def _in_the_background(
    db: Database,
    kind: Kind,
    which: Which,
    seen_at: datetime,
    who: str,
    most: int,
    category: str | None = None,
) -> Act | None:
    """The act as it begins; None where the mails are few, or named one by one."""
    if not isinstance(which, Filter):
        return None
    async with db.transaction() as connection:
        wanted = replace(which, stored_by=seen_at)
        if await events.count(connection, wanted, most + 1) <= most:
            return None
        if category is not None:
            await labels.refuse_unknown(connection, category)
        number = await labels.act_as(connection, who)
        await long_acts.add(
            connection, number, kind, who, seen_at=seen_at, wanted=wanted, category=category
        )
    return Act(number, 0, share=0.0)


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
        act = Act(number, act.mails + done.mails, act.same + done.same, act.left + done.left)
    return act


async def _listed(db: Database, wanted: Filter) -> Sequence[int]:
    """What a person sees who looks at this list."""
    async with db.transaction() as connection:
        return await events.ids(connection, wanted)

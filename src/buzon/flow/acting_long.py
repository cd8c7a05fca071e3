"""What a person does to more mails than fit into one transaction, in pieces committed one by one:
nobody waits long, whoever asked may leave, and who dies over it is followed by another."""

from buzon.errors import UnknownCategory
from buzon.store import events, labels, long_acts
from buzon.store.db import Connection, Database
from buzon.store.long_acts import LongAct

PIECE = 2_000  # mails, also of those that are not meant


async def carry_on(db: Database, mails: int = PIECE) -> None:
    """Until nothing is left to do; of several, a piece of each in turn."""
    while await _step(db, mails):
        pass


async def _step(db: Database, mails: int) -> bool:
    """The next piece; whether there was one. It is ended where its category is
    gone."""
    act: LongAct | None = None
    try:
        async with db.transaction() as connection:
            act = await long_acts.begin_piece(connection)
            if act:
                await labels.act_as(connection, act.by, act.number)
                until = await events.end_of_piece(connection, act.done_until, mails, act.last)
                done, left = await _do(connection, act, until)
                await long_acts.note(connection, act, until, done, left)
    except UnknownCategory as error:
        if act is None:
            raise
        async with db.transaction() as connection:
            await long_acts.end(connection, act.number, act.by, str(error))
    return act is not None


async def _do(db: Connection, act: LongAct, until: int) -> tuple[int, int]:
    """How many mails it was done to, and how many were left alone."""
    if act.kind == "undo":
        return await _undo(db, act, until), 0
    ids = await events.ids_within(db, act.filter, act.done_until, until)
    if act.kind == "settle":
        return await events.settle(db, ids, act.by, act.number), 0
    others = await labels.labelled_by_others(db, ids, act.by, act.seen_at)
    # Nor is his own word overwritten that he gave while this was under way.
    others |= await labels.labelled_after(db, ids, act.asked_at, act.number)
    mine = [id for id in ids if id not in others]
    return await labels.put(db, mine, act.category), len(others)


async def _undo(db: Connection, act: LongAct, until: int) -> int:
    which = (act.undoes or 0, act.by, act.done_until, until)
    return await labels.undo(db, *which) + await events.undo_settling(db, *which)

"""What people say of mails, and of the categories themselves. Nothing labelled is ever lost."""

from collections.abc import Callable, Collection, Mapping, Sequence

from buzon.errors import ChangedMeanwhile, Invalid, NoSuchMail
from buzon.records import NOT_ANSWERED, Event
from buzon.store import answer_templates, categories, events, labels, renamings, rollups
from buzon.store.categories import COLOUR, Colour
from buzon.store.db import Connection, Database
from buzon.store.queue import RENAME, Queue

_NAMED = 30  # categories that a refusal names
UNDER_WAY = ("Mails still have this name and are getting another one.", "Wait until that is done.")


async def label(db: Database, ids: Sequence[int], category: str | None, who: str) -> int:
    """Call these mails a category, or take that back with None; how many there are. Raises Invalid
    for an unknown category, NoSuchMail for an unknown mail."""
    async with db.transaction() as connection:
        await labels.act_as(connection, who)
        await labels.put(connection, ids, category)
    return len(set(ids))


async def label_unchanged(
    db: Database, id: int, category: str | None, who: str, unchanged: Callable[[Event], bool]
) -> None:
    """As `label`, if the mail is as it was looked at; nobody changes it in between. Raises
    ChangedMeanwhile too."""
    async with db.transaction() as connection:
        await labels.act_as(connection, who)
        await events.lock(connection, [id])
        event = await events.get(connection, id)
        if event is None:
            raise NoSuchMail(f"There is no event {id}.")
        if not unchanged(event):
            raise ChangedMeanwhile(
                f"Event {id} has changed since it was looked at.", "Look at it again."
            )
        await labels.put(connection, [id], category)


async def refuse_unknown_categories(db: Database, names: Collection[str]) -> None:
    """Raises Invalid, naming those that there aren't."""
    async with db.transaction() as connection:
        known = {c.name for c in await categories.listed(connection) if c.retired_at is None}
    if unknown := sorted(set(names) - known):
        more = f" nor {len(unknown) - _NAMED} others" if len(unknown) > _NAMED else ""
        raise Invalid(
            f"There is no category {', '.join(f'“{name}”' for name in unknown[:_NAMED])}{more}.",
            f"There are {', '.join(sorted(known))}. Add one with: buzon category add NAME",
        )


async def add_category(
    db: Database, name: str, titles: Mapping[str, str], who: str, colour: Colour = COLOUR
) -> None:
    """A category more; it is predicted from five examples on. Raises Invalid."""
    async with db.transaction(by=who) as connection:
        await _refuse_if_under_way(connection, name)
        await categories.add(connection, name, titles, colour)


async def dress_category(
    db: Database, name: str, titles: Mapping[str, str], colour: Colour, key: str | None, who: str
) -> None:
    """Give a category other titles, a colour and a key. Raises NotFound, Invalid."""
    async with db.transaction(by=who) as connection:
        await categories.dress(connection, name, titles, colour, key)


async def move_category(db: Database, name: str, step: int, who: str) -> None:
    """Offer a category so many places later, and with it its key. Raises NotFound."""
    async with db.transaction(by=who) as connection:
        await categories.move(connection, name, step)


async def retire_category(db: Database, name: str, who: str) -> None:
    """No mail is called so any more; those that were keep their label. Raises NotFound, Invalid."""
    _refuse_if_special(name)
    async with db.transaction(by=who) as connection:
        await categories.retire(connection, name)


async def rename_category(
    db: Database, name: str, becomes: str, who: str, queue: Queue | None = None
) -> None:
    """Give a category another name, or another category's: then they are one, and count as one at
    once. What stands in their mails follows (see renaming): by a worker, where there is a `queue`.
    Raises NotFound, Invalid."""
    _refuse_if_special(name)
    if name == becomes:
        raise Invalid(f"{name} has that name already.", "Give another one.")
    async with db.transaction(by=who) as connection:
        await rollups.stand_still(connection)
        await renamings.hold_names(connection)
        await _refuse_if_under_way(connection, name, becomes)
        known = {c.name: c for c in await categories.listed(connection)}
        old, new = known.get(name), known.get(becomes)
        merged = new is not None and new.retired_at is None
        if old and not merged:
            await categories.add(connection, becomes, old.titles, old.colour, old.position)
            await categories.set_answered(connection, becomes, old.answered)
        await answer_templates.hand_over(connection, name, becomes, who)
        await categories.retire(connection, name, becomes)
        if old and not merged:
            await categories.dress(connection, becomes, {}, old.colour, old.key)
        await rollups.rename(connection, name, becomes)
        await renamings.add(connection, name, becomes, who)
        if queue:
            await queue.defer(connection, RENAME)


async def _refuse_if_under_way(db: Connection, *names: str) -> None:
    """A name that mails are still giving up can't be given anew: it would mean two things."""
    if {one.name for one in await renamings.under_way(db)} & set(names):
        raise Invalid(*UNDER_WAY)


def _refuse_if_special(name: str) -> None:
    if name == NOT_ANSWERED:
        raise Invalid(
            f"{name} can't be renamed or retired: what is called so is never answered.",
            "Its title can be changed.",
        )

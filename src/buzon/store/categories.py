"""The table `categories`: what a mail can be. None is deleted: old labels keep their meaning."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from psycopg import errors
from psycopg.types.json import Jsonb

from buzon.errors import Invalid, NotFound
from buzon.records import NEUTRAL
from buzon.store.db import Connection

Colour = Literal[
    "teal", "orange", "blue", "rose", "grey", "violet", "green", "gold", "cyan", "brown"
]
COLOURS: tuple[Colour, ...] = get_args(Colour)
COLOUR: Colour = "violet"  # of whoever was given none


@dataclass(frozen=True, slots=True)
class Category:
    """`titles` by language; `becomes` where it was renamed or merged; `answered`: its mails get
    automatic answers. They are offered in the order of their `position`; `key` sets it on the
    pages, where one was chosen."""

    name: str
    titles: dict[str, str]
    retired_at: datetime | None
    becomes: str | None
    answered: bool = True
    colour: Colour = COLOUR
    position: int = 0
    key: str | None = None


async def listed(db: Connection) -> list[Category]:
    """All of them, the retired ones too, in the order in which they are offered."""
    rows = await db.execute(
        "SELECT name, titles, retired_at, becomes, answered, colour, position, key"
        " FROM categories ORDER BY position, created_at, name"
    )
    return [Category(*row) async for row in rows]


async def add(
    db: Connection,
    name: str,
    titles: Mapping[str, str],
    colour: Colour = COLOUR,
    position: int | None = None,
) -> None:
    """A new category, or a retired one brought back; the last one unless its position is given.
    Raises Invalid where it is in use, or where the name is none."""
    if name == NEUTRAL:
        raise Invalid(f"“{name}” can't be a category's name.", "It is that of the answer to none.")
    try:
        async with db.transaction():
            done = await db.execute(
                """
                INSERT INTO categories (name, titles, colour, position)
                VALUES (%s, %s, %s, coalesce(%s, (SELECT max(position) + 1 FROM categories
                                                  WHERE retired_at IS NULL), 1))
                ON CONFLICT (name) DO UPDATE
                SET retired_at = NULL, becomes = NULL, colour = excluded.colour,
                    titles = categories.titles || excluded.titles,
                    position = excluded.position
                WHERE categories.retired_at IS NOT NULL
                """,
                [name, Jsonb(dict(titles)), colour, position],
            )
    except errors.CheckViolation as error:
        raise Invalid(
            f"“{name}” can't be a category's name.",
            "Use at most 40 small letters without accents, digits, - and _; "
            "what people see is the title.",
        ) from error
    if done.rowcount == 0:
        raise Invalid(f"There is a category {name}.", "Choose another name.")


async def dress(
    db: Connection, name: str, titles: Mapping[str, str], colour: Colour, key: str | None
) -> None:
    """Other titles, a colour, and the key that sets it, with None that of its place; what it is
    called in languages not given stays. Raises Invalid where another one has the key, NotFound."""
    try:
        async with db.transaction():
            done = await db.execute(
                "UPDATE categories SET titles = titles || %s, colour = %s, key = %s"
                " WHERE name = %s AND retired_at IS NULL",
                [Jsonb(dict(titles)), colour, key, name],
            )
    except errors.UniqueViolation as error:
        raise Invalid(
            "Another category has this key.", "Choose another one, or give that one another first."
        ) from error
    _refuse_missing(done.rowcount, name)


async def set_answered(db: Connection, name: str, answered: bool) -> None:
    """Switch the automatic answers of a category on or off; every process hears of it when this
    commits. Raises NotFound."""
    done = await db.execute(
        "UPDATE categories SET answered = %s WHERE name = %s AND retired_at IS NULL",
        [answered, name],
    )
    _refuse_missing(done.rowcount, name)


async def move(db: Connection, name: str, step: int) -> None:
    """So many places later among those that are offered, or earlier; at an end it stays there.
    Raises NotFound."""
    await db.execute("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE")
    rows = await db.execute(
        "SELECT name FROM categories WHERE retired_at IS NULL ORDER BY position, created_at, name"
    )
    names = [each for (each,) in await rows.fetchall()]
    _refuse_missing(names.count(name), name)
    place = min(max(names.index(name) + step, 0), len(names) - 1)
    names.remove(name)
    names.insert(place, name)
    await db.execute(
        "UPDATE categories c SET position = wanted.position"
        " FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (name, position)"
        " WHERE c.name = wanted.name AND c.position <> wanted.position",
        [names],
    )


async def retire(db: Connection, name: str, becomes: str | None = None) -> None:
    """No mail is called so from now on; what was called so before becomes the other one, if one
    is given. Raises NotFound."""
    done = await db.execute(
        "UPDATE categories SET retired_at = now(), becomes = %s, key = NULL"
        " WHERE name = %s AND retired_at IS NULL",
        [becomes, name],
    )
    _refuse_missing(done.rowcount, name)
    # Who had become this one earlier becomes what this one becomes: nobody follows chains.
    await db.execute("UPDATE categories SET becomes = %s WHERE becomes = %s", [becomes, name])


def _refuse_missing(changed: int, name: str) -> None:
    if changed == 0:
        raise NotFound(f"There is no category {name}.", "See them with: buzon category list")

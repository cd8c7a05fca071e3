"""The table `categories`: what a mail can be. None is deleted: old labels keep their meaning."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg import errors
from psycopg.types.json import Jsonb

from buzon.errors import Invalid, NotFound
from buzon.records import NEUTRAL
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class Category:
    """`titles` by language; `becomes` where it was renamed or merged; `answered`: its mails get
    automatic answers."""

    name: str
    titles: dict[str, str]
    retired_at: datetime | None
    becomes: str | None
    answered: bool = True


async def listed(db: Connection) -> list[Category]:
    """All of them, the retired ones too, in the order in which they were made."""
    rows = await db.execute(
        "SELECT name, titles, retired_at, becomes, answered FROM categories"
        " ORDER BY created_at, name"
    )
    return [Category(*row) async for row in rows]


async def add(db: Connection, name: str, titles: Mapping[str, str]) -> None:
    """A new category, or a retired one brought back. Raises Invalid where it is in use, or where
    the name is none."""
    if name == NEUTRAL:
        raise Invalid(f"“{name}” can't be a category's name.", "It is that of the answer to none.")
    try:
        async with db.transaction():
            done = await db.execute(
                """
                INSERT INTO categories (name, titles) VALUES (%s, %s)
                ON CONFLICT (name) DO UPDATE
                SET retired_at = NULL, becomes = NULL, titles = categories.titles || excluded.titles
                WHERE categories.retired_at IS NOT NULL
                """,
                [name, Jsonb(dict(titles))],
            )
    except errors.CheckViolation as error:
        raise Invalid(
            f"“{name}” can't be a category's name.",
            "Use at most 40 small letters without accents, digits, - and _; "
            "what people see is the title.",
        ) from error
    if done.rowcount == 0:
        raise Invalid(f"There is a category {name}.", "Choose another name.")


async def set_title(db: Connection, name: str, language: str, title: str) -> None:
    """Raises NotFound."""
    done = await db.execute(
        "UPDATE categories SET titles = titles || %s WHERE name = %s AND retired_at IS NULL",
        [Jsonb({language: title}), name],
    )
    _refuse_missing(done.rowcount, name)


async def set_answered(db: Connection, name: str, answered: bool) -> None:
    """Switch the automatic answers of a category on or off; every process hears of it when this
    commits. Raises NotFound."""
    done = await db.execute(
        "UPDATE categories SET answered = %s WHERE name = %s AND retired_at IS NULL",
        [answered, name],
    )
    _refuse_missing(done.rowcount, name)


async def retire(db: Connection, name: str, becomes: str | None = None) -> None:
    """No mail is called so from now on; what was called so before becomes the other one, if one
    is given. Raises NotFound."""
    done = await db.execute(
        "UPDATE categories SET retired_at = now(), becomes = %s"
        " WHERE name = %s AND retired_at IS NULL",
        [becomes, name],
    )
    _refuse_missing(done.rowcount, name)
    # Who had become this one earlier becomes what this one becomes: nobody follows chains.
    await db.execute("UPDATE categories SET becomes = %s WHERE becomes = %s", [becomes, name])


async def hand_over(db: Connection, name: str, becomes: str) -> int:
    """Call the mails of one category another; how many labels were changed. Each label's change
    is noted in `corrections`, as any other; the audits go along, for nobody was wrong."""
    await db.execute("SELECT set_config('buzon.renaming', 'yes', true)")  # nobody labels anew
    labels = await db.execute(
        "UPDATE events SET true_label = %s WHERE true_label = %s", [becomes, name]
    )
    for table in ("events", "audits"):
        await db.execute(f"UPDATE {table} SET category = %s WHERE category = %s", [becomes, name])  # noqa: S608
    return labels.rowcount


def _refuse_missing(changed: int, name: str) -> None:
    if changed == 0:
        raise NotFound(f"There is no category {name}.", "See them with: buzon category list")

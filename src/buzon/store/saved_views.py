"""The table `saved_views`: lists that somebody comes back to."""

from dataclasses import dataclass

from psycopg.errors import UniqueViolation

from buzon.errors import Invalid
from buzon.store.db import Connection


@dataclass(frozen=True, slots=True)
class SavedView:
    """`query`: what stands behind the "?" of the address."""

    id: int
    name: str
    query: str


async def of(db: Connection, user_id: int) -> list[SavedView]:
    """A person's, by name."""
    rows = await db.execute(
        "SELECT id, name, query FROM saved_views WHERE user_id = %s ORDER BY lower(name)",
        [user_id],
    )
    return [SavedView(*row) async for row in rows]


async def add(db: Connection, user_id: int, name: str, query: str) -> None:
    """Raises Invalid for a name that is taken."""
    try:
        await db.execute(
            "INSERT INTO saved_views (user_id, name, query) VALUES (%s, %s, %s)",
            [user_id, name, query],
        )
    except UniqueViolation as error:
        raise Invalid("You have a view of this name.", "Give this one another name.") from error


async def remove(db: Connection, user_id: int, id: int) -> None:
    await db.execute("DELETE FROM saved_views WHERE id = %s AND user_id = %s", [id, user_id])

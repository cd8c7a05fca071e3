"""Everything in the database that is locked with the key: in which tables and columns it stands."""

from collections.abc import Callable
from typing import LiteralString

from psycopg.sql import SQL, Identifier

from buzon.store.db import Connection

COLUMNS: tuple[tuple[LiteralString, LiteralString, LiteralString], ...] = (
    ("inboxes", "name", "password"),
    ("settings", "name", "secret"),
    ("webhooks", "id", "secret"),
    ("mail_grants", "account", "refresh_token"),
    ("mail_grants", "account", "access_token"),
)


async def hold(db: Connection) -> None:
    """Nobody else writes any of it, or reads it in order to write, until this transaction ends."""
    await db.execute("LOCK TABLE inboxes, settings, webhooks, mail_grants IN EXCLUSIVE MODE")


async def change(db: Connection, anew: Callable[[str], str]) -> int:
    """Put what `anew` makes of each in its place; how many were changed by that."""
    changed = 0
    for table, key, column in COLUMNS:
        names = {"table": Identifier(table), "key": Identifier(key), "column": Identifier(column)}
        select = SQL("SELECT {key}, {column} FROM {table} WHERE {column} <> ''")
        update = SQL("UPDATE {table} SET {column} = %s WHERE {key} = %s")
        rows = await (await db.execute(select.format(**names))).fetchall()
        pairs = [(anew(locked), name, locked) for name, locked in rows]
        new = [(other, name) for other, name, locked in pairs if other != locked]
        await db.cursor().executemany(update.format(**names), new)
        changed += len(new)
    return changed

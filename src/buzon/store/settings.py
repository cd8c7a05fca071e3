"""The table `settings`: what was set on the pages, by the names of config.Settings."""

from typing import Any

from psycopg.types.json import Jsonb

from buzon.store.db import Connection


async def values(db: Connection) -> dict[str, Any]:
    """Those that are no secrets."""
    rows = await db.execute("SELECT name, value FROM settings WHERE value IS NOT NULL")
    return {name: value async for name, value in rows}


async def secrets(db: Connection) -> dict[str, str]:
    """The others, encrypted."""
    rows = await db.execute("SELECT name, secret FROM settings WHERE secret IS NOT NULL")
    return {name: secret async for name, secret in rows}


async def put_secret(db: Connection, name: str, locked: str) -> None:
    """Set one that is encrypted."""
    await db.execute(
        "INSERT INTO settings (name, secret) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET secret = excluded.secret, value = NULL",
        [name, locked],
    )


async def put(db: Connection, name: str, value: Any) -> None:
    """Set it; every process hears of it when this commits."""
    await db.execute(
        "INSERT INTO settings (name, value) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, secret = NULL",
        [name, Jsonb(value)],
    )


async def forget(db: Connection, name: str) -> None:
    """From now on its default holds."""
    await db.execute("DELETE FROM settings WHERE name = %s", [name])

"""`buzon token add|list|revoke`."""

from buzon.cli.parts import open_store
from buzon.config import Settings
from buzon.store import tokens


async def add(settings: Settings, name: str) -> None:
    async with open_store(settings) as store, store.db.transaction() as db:
        print(await tokens.add(db, name))


async def show(settings: Settings) -> None:
    async with open_store(settings) as store, store.db.transaction() as db:
        for token in await tokens.listed(db):
            print(f"{token.created_at:%Y-%m-%d %H:%M}  {token.name}")


async def revoke(settings: Settings, name: str) -> None:
    async with open_store(settings) as store, store.db.transaction() as db:
        await tokens.revoke(db, name)
        print(f"The token {name} no longer works.")

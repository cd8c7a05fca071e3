"""`buzon token add|list|revoke`."""

from collections.abc import Callable, Collection
from datetime import datetime

import structlog
from rich.console import Console
from rich.table import Table

from buzon.cli import clock
from buzon.cli.parts import open_store
from buzon.config import Settings
from buzon.errors import Invalid
from buzon.store import tokens
from buzon.store.db import Database
from buzon.store.tokens import SCOPES, Scope, Token

WHO = "buzon token"
GIVEN = "BUZON_API_TOKEN"  # what the token of that setting is called

log = structlog.get_logger()


async def add(
    settings: Settings, name: str, scopes: Collection[str] | None, days: int | None
) -> None:
    wanted = _known(scopes) if scopes else SCOPES
    async with open_store(settings) as store, store.db.transaction(by=WHO) as db:
        print(await tokens.add(db, name, scopes=wanted, days=days, by=WHO))


def _known(scopes: Collection[str]) -> list[Scope]:
    if unknown := set(scopes) - set(SCOPES):
        raise Invalid(
            f"There is no scope {', '.join(sorted(unknown))}.", f"There are {', '.join(SCOPES)}."
        )
    return [scope for scope in SCOPES if scope in scopes]


async def show(settings: Settings) -> None:
    async with open_store(settings) as store, store.db.transaction() as db:
        found = await tokens.listed(db)
        when, caption = clock.clock(store.settings), clock.named(store.settings)
    table = Table("name", "scopes", "made", "by", "last used", "", caption=caption)
    for token in found:
        made, last = when(token.created_at), when(token.used_at) if token.used_at else "never"
        note = _note(token, when)
        table.add_row(token.name, ", ".join(token.scopes), made, token.made_by, last, note)
    Console().print(table)


def _note(token: Token, when: Callable[[datetime], str]) -> str:
    if token.expires_at is None:
        return ""
    return f"{'expired' if token.expired else 'until'} {when(token.expires_at)}"


async def revoke(settings: Settings, name: str) -> None:
    async with open_store(settings) as store, store.db.transaction(by=WHO) as db:
        await tokens.revoke(db, name)
        print(f"The token {name} no longer works.")


async def keep_given(settings: Settings, database: Database) -> None:
    """See that the token of BUZON_API_TOKEN works, and the one that was there before no longer."""
    if token := settings.api_token.get_secret_value():
        async with database.transaction(by=GIVEN) as db:
            if not await tokens.keep(db, GIVEN, token, by=GIVEN):
                log.warning("the token was revoked and stays so: set another one", setting=GIVEN)

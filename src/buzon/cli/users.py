"""`buzon user add|link|list|role|disable|enable`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.table import Table

from buzon.cli.address import page_address
from buzon.cli.parts import open_store
from buzon.config import Settings
from buzon.flow import people
from buzon.store import users
from buzon.store.db import Connection
from buzon.store.users import Role, User

WHO = "buzon user"


async def add(settings: Settings, email: str, name: str, role: Role) -> None:
    async with _database(settings) as db:
        secret = await people.add_user(db, email, name or email.partition("@")[0], role)
    _print_link(settings, secret)


async def link(settings: Settings, email: str) -> None:
    async with _database(settings) as db:
        secret = await people.new_link(db, await users.by_email(db, email))
    _print_link(settings, secret)


def _print_link(settings: Settings, secret: str) -> None:
    print(f"Set the password, once and within a day, at {page_address(settings)}/sign-in/{secret}")


async def show(settings: Settings) -> None:
    async with _database(settings) as db:
        found = await users.listed(db)
    table = Table("name", "e-mail", "role", "")
    for user in found:
        table.add_row(user.name, user.email, user.role, _note(user))
    Console().print(table)


def _note(user: User) -> str:
    if user.disabled_at:
        return "disabled"
    return "" if user.ready else "has set no password yet"


async def give_role(settings: Settings, email: str, role: Role) -> None:
    async with _database(settings) as db:
        user = await users.by_email(db, email)
        await people.give_role(db, user.id, role)
    print(f"{user.name} is {role} now.")


async def disable(settings: Settings, email: str) -> None:
    async with _database(settings) as db:
        user = await users.by_email(db, email)
        await people.disable(db, user.id)
    print(f"{user.name} is signed out and can't sign in any more.")


async def enable(settings: Settings, email: str) -> None:
    async with _database(settings) as db:
        user = await users.by_email(db, email)
        await people.enable(db, user.id)
    print(f"{user.name} can sign in again.")


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Connection]:
    async with open_store(settings) as store, store.db.transaction(by=WHO) as db:
        yield db

"""Settings that are chosen on the pages."""

from collections.abc import Collection, Mapping
from typing import Any

from buzon.errors import NotFound
from buzon.store import inboxes, settings
from buzon.store.db import Database
from buzon.store.inboxes import Inbox


async def choose(db: Database, wanted: Mapping[str, Any], who: str) -> bool:
    """Set what is wanted, None for the default; whether anything is another than before. What
    makes no sense must have been refused: a process that reads it can't go on with it."""
    async with db.transaction(by=who) as connection:
        present = await settings.values(connection)
        other = {name: value for name, value in wanted.items() if present.get(name) != value}
        for name, value in other.items():
            if value is None:
                await settings.forget(connection, name)
            else:
                await settings.put(connection, name, value)
    return bool(other)


async def choose_sending(
    db: Database, wanted: Mapping[str, Any], password: str | None, who: str
) -> None:
    """Send through this server from now on: None stands for a default. `password` is encrypted,
    None where it stays."""
    secrets = {} if password is None else {"smtp_password": password}
    await _choose_with(db, wanted, secrets, who)


async def choose_provider(
    db: Database, wanted: Mapping[str, Any], secrets: Mapping[str, str], who: str
) -> None:
    """What Buzón is at a mail provider: None stands for a default. Secrets are encrypted; those
    that are not named stay, but none stays without a provider."""
    names = {f"{name.removesuffix('_id')}_secret" for name in wanted if name.endswith("_client_id")}
    if all(value is None for value in wanted.values()):
        await _forget(db, {*wanted, *names}, who)
    else:
        await _choose_with(db, wanted, secrets, who)


async def _choose_with(
    db: Database, wanted: Mapping[str, Any], secrets: Mapping[str, str], who: str
) -> None:
    async with db.transaction(by=who) as connection:
        for name, value in wanted.items():
            if value is None:
                await settings.forget(connection, name)
            else:
                await settings.put(connection, name, value)
        for name, locked in secrets.items():
            await settings.put_secret(connection, name, locked)


async def stop_sending(db: Database, names: Collection[str], who: str) -> None:
    """Send nothing more: answers are kept and shown."""
    await _forget(db, names, who)


async def _forget(db: Database, names: Collection[str], who: str) -> None:
    async with db.transaction(by=who) as connection:
        for name in names:
            await settings.forget(connection, name)


async def keep_inbox(db: Database, inbox: Inbox, who: str) -> None:
    """Read this mailbox too, or in another way."""
    async with db.transaction(by=who) as connection:
        await inboxes.put(connection, inbox)


async def remove_inbox(db: Database, name: str, who: str) -> None:
    """Read it no more; its mails stay. Raises NotFound."""
    async with db.transaction(by=who) as connection:
        if not await inboxes.remove(connection, name):
            raise NotFound(f"There is no mailbox {name} that was added here.")

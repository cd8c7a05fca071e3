"""`buzon check`: one line for each part that works or doesn't."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from buzon.cli.parts import Store, load_classifier, make_entrance, open_store, server_of
from buzon.config import Mailbox, Settings, Smtp
from buzon.errors import BuzonError
from buzon.flow import Entrance
from buzon.mail.trial import Trial, try_mailbox, try_sending


async def check(given: Settings) -> bool:
    """Print what works and what doesn't; whether all does. Without the database what was chosen
    on the pages is not known."""
    settings = given

    async def database() -> str:
        nonlocal settings
        async with open_store(given) as store:
            settings = store.settings
            return await _database(store)

    well = [
        await _line("database", database),
        *[
            await _line(f"mailbox {mailbox.key}", partial(_mailbox, mailbox))
            for mailbox in settings.mailboxes
        ],
        await _line("sending", lambda: _sending(settings.smtp)),
        await _line("model", lambda: _model(settings)),
    ]
    if entrance := make_entrance(settings):
        well.append(
            await _line(f"sign-in with {entrance.provider.name}", lambda: _sign_in(entrance))
        )
    if settings.sandbox:
        print(f"–  mailbox: none is set; the sandbox takes mail at {settings.sandbox_smtp}")
    return all(well)


async def _line(name: str, ask: Callable[[], Awaitable[str]]) -> bool:
    try:
        print(f"✓  {name}: {await ask()}")
    except BuzonError as error:
        print(f"✗  {name}: {error}")
        return False
    return True


async def _database(store: Store) -> str:
    async with store.db.transaction() as db:
        row = await (await db.execute("SHOW server_version")).fetchone()
        kind = "embedded PostgreSQL" if store.embedded else "PostgreSQL"
        return f"{kind} {row[0] if row else ''}, tables up to date"


async def _mailbox(mailbox: Mailbox) -> str:
    return _outcome(await try_mailbox(mailbox))


async def _sending(smtp: Smtp | None) -> str:
    if smtp is None:
        return "not configured, so nothing is sent; answers are kept and shown"
    return _outcome(await try_sending(server_of(smtp)))


def _outcome(trial: Trial) -> str:
    """What came of it. Raises the error with which it ended."""
    if trial.error:
        raise trial.error
    return trial.outcome


async def _model(settings: Settings) -> str:
    classifier = await asyncio.to_thread(load_classifier, settings)
    return f"version {classifier.version}"


async def _sign_in(entrance: Entrance) -> str:
    await entrance.provider.check()
    return f"{entrance.provider.issuer} answers"

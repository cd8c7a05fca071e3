"""`buzon check`: one line for each part that works or doesn't. Each imports what it needs when its
turn comes: on a terminal the first line stands there at once."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from buzon.config import Mailbox, Settings, Smtp
from buzon.errors import BuzonError

if TYPE_CHECKING:
    from buzon.cli.parts import Store
    from buzon.flow import Entrance
    from buzon.mail.trial import Trial

CLEAR = "\x1b[2K"  # the line of a terminal


async def check(given: Settings) -> bool:
    """Print what works and what doesn't; whether all does. Without the database what was chosen
    on the pages is not known."""
    settings = given

    async def database() -> str:
        from buzon.cli.parts import open_store

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
    from buzon.cli.parts import make_entrance

    if entrance := make_entrance(settings):
        well.append(
            await _line(f"sign-in with {entrance.provider.name}", lambda: _sign_in(entrance))
        )
    if settings.sandbox:
        print(f"–  mailbox: none is set; the sandbox takes mail at {settings.sandbox_smtp}")
    return all(well)


async def _line(name: str, ask: Callable[[], Awaitable[str]]) -> bool:
    clear = CLEAR if sys.stdout.isatty() else ""
    if clear:
        print(f"…  {name}", end="\r", flush=True)
    try:
        print(f"{clear}✓  {name}: {await ask()}", flush=True)
    except BuzonError as error:
        print(f"{clear}✗  {name}: {error}", flush=True)
        return False
    return True


async def _database(store: "Store") -> str:
    async with store.db.transaction() as db:
        row = await (await db.execute("SHOW server_version")).fetchone()
        kind = "embedded PostgreSQL" if store.embedded else "PostgreSQL"
        return f"{kind} {row[0] if row else ''}, tables up to date"


async def _mailbox(mailbox: Mailbox) -> str:
    from buzon.mail.trial import try_mailbox

    return _outcome(await try_mailbox(mailbox))


async def _sending(smtp: Smtp | None) -> str:
    if smtp is None:
        return "not configured, so nothing is sent; answers are kept and shown"
    from buzon.cli.parts import server_of
    from buzon.mail.trial import try_sending

    return _outcome(await try_sending(server_of(smtp)))


def _outcome(trial: "Trial") -> str:
    """What came of it. Raises the error with which it ended."""
    if trial.error:
        raise trial.error
    return trial.outcome


async def _model(settings: Settings) -> str:
    from buzon.cli.parts import load_classifier

    classifier = await asyncio.to_thread(load_classifier, settings)
    return f"version {classifier.version}"


async def _sign_in(entrance: "Entrance") -> str:
    await entrance.provider.check()
    return f"{entrance.provider.issuer} answers"

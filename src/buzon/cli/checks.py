"""`buzon check`: one line for each part that works or doesn't. Each imports what it needs when its
turn comes: on a terminal the first line stands there at once."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from buzon.config import Mailbox, Settings, Smtp
from buzon.errors import AccessError, BuzonError, SettingsError

if TYPE_CHECKING:
    from buzon.cli.parts import Store
    from buzon.flow import Entrance, Grants
    from buzon.mail.trial import Trial

CLEAR = "\x1b[2K"  # the line of a terminal


async def check(given: Settings) -> bool:
    """Print what works and what doesn't; whether all does. Without the database what was chosen
    on the pages is not known."""
    store: Store | None = None

    async with AsyncExitStack() as stack:

        async def database() -> str:
            from buzon.cli.parts import open_store

            nonlocal store
            store = await stack.enter_async_context(open_store(given))
            return await _database(store, given.data_dir)

        well = [await _line("database", database)]
        from buzon.cli.mail_access import make_grants
        from buzon.cli.parts import make_entrance
        from buzon.cli.safe import Safe

        settings = store.settings if store else given
        grants = make_grants(settings, store.db) if store else None
        for mailbox in settings.mailboxes:
            well.append(await _line(f"mailbox {mailbox.key}", partial(_mailbox, mailbox, grants)))
        well.append(await _line("sending", lambda: _sending(settings.smtp, grants)))
    if exposed := Safe(given).exposed:
        well.append(await _line("key", lambda: _refuse_exposed(exposed)))
    well.append(await _line("model", lambda: _model(settings)))
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


async def _refuse_exposed(file: str) -> str:
    raise SettingsError(f"{file} may be read by others than its owner.", f"chmod 600 {file}")


async def _database(store: "Store", folder: Path) -> str:
    async with store.db.transaction() as db:
        row = await (await db.execute("SHOW server_version")).fetchone()
    version = f"PostgreSQL {row[0] if row else ''}"
    return f"{embedded_in(version, folder) if store.embedded else version}, tables up to date"


def embedded_in(version: str, folder: Path) -> str:
    """With the whole path: in another folder a command looks into another database."""
    return f"embedded {version} in {folder.absolute()}"


async def _mailbox(mailbox: Mailbox, grants: "Grants | None") -> str:
    from buzon.cli.mail_access import bearer_for_reading
    from buzon.mail.trial import try_mailbox

    if mailbox.auth == "password":
        return _outcome(await try_mailbox(mailbox))
    return _outcome(await try_mailbox(mailbox, bearer_for_reading(_known(grants), mailbox)))


async def _sending(smtp: Smtp | None, grants: "Grants | None") -> str:
    if smtp is None:
        return "not configured, so nothing is sent; answers are kept and shown"
    from buzon.cli.parts import server_of
    from buzon.mail.trial import try_sending

    return _outcome(await try_sending(server_of(smtp, _known(grants))))


def _known(grants: "Grants | None") -> "Grants":
    if grants is None:
        raise AccessError("The access token is kept in the database.", "Mend that first.")
    return grants


def _outcome(trial: "Trial") -> str:
    """What came of it. Raises the error with which it ended."""
    if trial.error:
        raise trial.error
    return trial.outcome


async def _model(settings: Settings) -> str:
    from buzon.cli.classifiers import load_classifier

    classifier = await asyncio.to_thread(load_classifier, settings)
    return f"version {classifier.version}"


async def _sign_in(entrance: "Entrance") -> str:
    await entrance.provider.check()
    return f"{entrance.provider.issuer} answers"

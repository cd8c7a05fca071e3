"""What is wrong in the settings is told at the start; what has worked before is waited for.

A wrong password in a new installation ends `serve` with a sentence. The same mailbox, once it has
been read, may be away for a while: then `serve` starts, and reads it again when it is back. Of
several mailboxes one that works is enough; its reader says what is wrong with another. What
signs in by OAuth2 is let in on the pages, so they come up without it. Each part asks for what it
needs: a machine that only serves pages may have no road to the mail servers.
"""

import asyncio
from collections.abc import Collection

from buzon.cli.mail_access import make_grants
from buzon.cli.parts import Part, outgoing
from buzon.config import Mailbox, Settings
from buzon.errors import MailboxError
from buzon.mail.imap import Inbox
from buzon.mail.smtp import Outgoing
from buzon.store import mailboxes, outbox
from buzon.store.db import Database


async def refuse_what_never_worked(
    settings: Settings, db: Database, parts: Collection[Part]
) -> None:
    """Raises MailboxError or SendError."""
    async with db.transaction() as connection:
        cursors = [await mailboxes.cursor(connection, m.key) for m in settings.mailboxes]
        sent_before = await outbox.has_sent(connection)
    by_token = any(mailbox.auth == "oauth2" for mailbox in settings.mailboxes)
    if "mail" in parts and settings.mailboxes and not by_token and not any(cursors):
        await _refuse_unless_one_opens(settings.mailboxes)
    by_password = settings.smtp and settings.smtp.auth == "password"
    if "work" in parts and settings.smtp and by_password and not sent_before:
        await _refuse_unless_ready(outgoing(settings.smtp, make_grants(settings, db)))


async def _refuse_unless_one_opens(mailboxes: tuple[Mailbox, ...]) -> None:
    faults = []
    for mailbox in mailboxes:
        inbox = Inbox(mailbox)
        try:
            await asyncio.to_thread(inbox.open)
            return
        except MailboxError as error:
            faults.append(error)
        finally:
            inbox.close()
    raise faults[0]


async def _refuse_unless_ready(sender: Outgoing) -> None:
    try:
        await sender.check()
    finally:
        await sender.close()

"""What is wrong in the settings is told at the start; what has worked before is waited for.

A wrong password in a new installation ends `serve` with a sentence. The same mailbox, once it has
been read, may be away for a while: then `serve` starts, and reads it again when it is back.
"""

import asyncio

from buzon.cli.parts import outgoing
from buzon.config import Settings
from buzon.mail.imap import Inbox
from buzon.store import mailboxes, outbox
from buzon.store.db import Database


async def refuse_what_never_worked(settings: Settings, db: Database) -> None:
    """Raises MailboxError or SendError."""
    async with db.transaction() as connection:
        known = {
            mailbox.key: await mailboxes.cursor(connection, mailbox.key)
            for mailbox in settings.mailboxes
        }
        sent_before = await outbox.has_sent(connection)
    for mailbox in settings.mailboxes:
        if known[mailbox.key] is None:
            inbox = Inbox(mailbox)
            try:
                await asyncio.to_thread(inbox.open)
            finally:
                inbox.close()
    if settings.smtp and not sent_before:
        sender = outgoing(settings.smtp)
        try:
            await sender.check()
        finally:
            await sender.close()

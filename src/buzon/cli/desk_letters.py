"""What the pages ask for about one mail, answered from the store and from the raw mail."""

import asyncio
from dataclasses import replace

from buzon.config import Settings
from buzon.mail import original
from buzon.mail.ids import is_of_sender
from buzon.mail.original import File
from buzon.mail.sanitize import Sanitized
from buzon.records import Event
from buzon.store import delivery_attempts, events
from buzon.store.db import Connection, Database, together
from buzon.web import NEIGHBOURS, Around, Neighbours

GMAIL = frozenset(("imap.gmail.com", "imap.googlemail.com"))
HEAD = 1_000_000  # bytes of a mail in which HTML is looked for when it is opened


class LettersDesk:
    """The web's `Letters` over the database."""

    settings: Settings
    db: Database

    async def around(self, event: Event) -> Around:
        async with self.db.reading() as db:
            head, earlier, later, attempts, answer_to = await together(
                db,
                events.raw(db, event.id, HEAD),
                _earlier(db, event),
                _later(db, event),
                delivery_attempts.of_event(db, event.id),
                events.reply_to(db, event.id),
            )
        around = Around(
            earlier=earlier,
            later=later,
            attempts=attempts,
            answer_to=answer_to or event.sender,
            in_gmail=self._in_gmail(event),
            raw_kept=head is not None,
        )
        has_html = head is not None and await asyncio.to_thread(original.has_html, head)
        return replace(around, has_html=has_html)

    async def earlier_mails(self, event: Event) -> Neighbours:
        async with self.db.reading() as db:
            return await _earlier(db, event)

    async def later_mails(self, event: Event) -> Neighbours:
        async with self.db.reading() as db:
            return await _later(db, event)

    async def html(self, id: int) -> Sanitized | None:
        raw = await self.raw(id)
        return await asyncio.to_thread(original.page, raw) if raw is not None else None

    async def attachment(self, id: int, number: int) -> File | None:
        raw = await self.raw(id)
        return await asyncio.to_thread(original.file, raw, number) if raw is not None else None

    async def raw(self, id: int) -> bytes | None:
        async with self.db.reading() as db:
            return await events.raw(db, id)

    def _in_gmail(self, event: Event) -> bool:
        hosts = {mailbox.key: mailbox.host.lower() for mailbox in self.settings.mailboxes}
        read_there = event.source == "imap" and hosts.get(event.mailbox) in GMAIL
        return read_there and is_of_sender(event.message_id)


async def _earlier(db: Connection, event: Event) -> Neighbours:
    found = await events.earlier(db, event, NEIGHBOURS + 1)
    return Neighbours(found[:NEIGHBOURS][::-1], more=len(found) > NEIGHBOURS)


async def _later(db: Connection, event: Event) -> Neighbours:
    found = await events.later(db, event, NEIGHBOURS + 1)
    return Neighbours(found[:NEIGHBOURS], more=len(found) > NEIGHBOURS)

"""Somebody is told when Buzón needs looking after: on the pages, by webhook (a trigger in the
schema), and by mail to the administrator, at most once an hour for each kind of trouble."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from buzon.errors import SettingsError
from buzon.flow.intake import Flow
from buzon.flow.promise import Account
from buzon.mail.alarm_letter import letter
from buzon.mail.smtp import Outgoing
from buzon.store import alarms, inboxes, mailbox_states, outbox, settings
from buzon.store.alarms import Alarm, Found
from buzon.store.db import Connection

log = structlog.get_logger()

FAILING = timedelta(minutes=5)  # what passes by itself is gone by then
WAITING = 15 * 60.0  # seconds that an answer may be due
LEAST_FREE = 0.05  # of the disk
LEAST_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Watch:
    """One worker's eyes. `mailboxes`: those that are read; `folder`: on the disk that may fill;
    `to`: whom to write to, through `sender`, where both are set. `unlock` raises SettingsError for
    what was locked with a key that we don't have."""

    flow: Flow
    account: Account
    mailboxes: tuple[str, ...]
    folder: Path
    sender: Outgoing | None
    to: str
    language: str
    page: str
    unlock: Callable[[str], str]

    async def look(self) -> None:
        """Raise what is wrong now, end what is no more, and write of what is new."""
        async with self.flow.db.transaction() as db:
            await mailbox_states.keep_only(db, self.mailboxes)
            found = [*await self._wrong(db), *await self._lost(db), *_full(self.folder)]
            for new in await alarms.settle(db, found):
                told = {"about": new.about, "figure": round(new.figure, 3), "detail": new.detail}
                log.warning("alarm", kind=new.kind, **told)
        if self.sender and self.to:
            await self._write(self.sender)

    async def _wrong(self, db: Connection) -> list[Found]:
        failing = await mailbox_states.failing(db, FAILING)
        found = [Found("mailbox-fails", each.name, 0.0, each.fault) for each in failing]
        found += [
            Found("mailbox-silent", name, span) for name, span in await mailbox_states.silent(db)
        ]
        age = await outbox.oldest_due(db)
        policy = self.flow.policy
        if age > WAITING and (policy.sends or policy.hands_out):
            found.append(Found("answers-wait", figure=age))
        if held := (await outbox.counts(db))["held"]:
            found.append(Found("answers-held", figure=held))
        standing = await self.account.standing(db)
        if standing.broken and standing.alone:
            found.append(Found("promise-broken", figure=1 - standing.alone.accuracy))
        return found

    async def _lost(self, db: Connection) -> list[Found]:
        """What is left out since nobody can unlock it, or since it was not restored: such a mailbox
        has no reader that would complain."""
        boxes = await inboxes.listed(db)
        locked = {box.name: box.password for box in boxes if box.auth == "password"}
        locked |= await settings.secrets(db)
        return [Found("secret-lost", name) for name in self._unopened(locked)]

    def _unopened(self, locked: Mapping[str, str]) -> Iterator[str]:
        for name, secret in locked.items():
            try:
                self.unlock(secret)
            except SettingsError:
                yield name

    async def _write(self, sender: Outgoing) -> None:
        async with self.flow.db.transaction() as db:
            untold = await alarms.untold(db)
        # Noted only then: who ends while the mail server hangs would have told nobody.
        if untold and await self._sent(sender, untold):
            async with self.flow.db.transaction() as db:
                await alarms.note_told(db, untold)

    async def _sent(self, sender: Outgoing, untold: list[Alarm]) -> bool:
        mail = letter(
            self.flow.policy.default_identity,
            self.to,
            self.language,
            self.page,
            [alarm.found for alarm in untold],
        )
        outcome = await sender.send_one(mail)
        if outcome.status != "sent":
            log.warning("the mail about an alarm is not sent", why=outcome.detail)
        return outcome.status != "retry"


def _full(folder: Path) -> list[Found]:
    disk = shutil.disk_usage(folder if folder.exists() else folder.absolute().parent)
    free = disk.free / disk.total
    if (free < LEAST_FREE and disk.free < 20 * LEAST_BYTES) or disk.free < LEAST_BYTES:
        return [Found("disk-fills", figure=free)]
    return []

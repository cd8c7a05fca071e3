"""What the pages ask for about mailboxes and sending, answered from settings, store and readers."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formataddr
from html import escape
from typing import Any

import structlog
from pydantic import ValidationError

from buzon import config
from buzon.cli.chosen import mailbox_of
from buzon.cli.desk_house import HouseDesk
from buzon.cli.parts import server_of
from buzon.cli.safe import Safe, WrongKey
from buzon.cli.simulate import play
from buzon.config import SENDING, Mailbox, Origin, Settings
from buzon.errors import Conflict, NotFound, SendError, WrongSettings
from buzon.flow import choose_sending, keep_inbox, remove_inbox, stop_sending
from buzon.mail import trial
from buzon.mail.trial import Trial
from buzon.reception import State
from buzon.records import QueuedReply, Reply
from buzon.store import inboxes, mailboxes
from buzon.store import settings as kept
from buzon.store.inboxes import Inbox
from buzon.store.mailboxes import Last
from buzon.web import Box, Way

log = structlog.get_logger()

SAMPLES, SAMPLES_A_SECOND = 20, 2.0


class PostDesk(HouseDesk):
    """The web's `Post`."""

    settings: Settings
    mailboxes: Sequence[State]

    def __init__(self, given: Settings) -> None:
        super().__init__(given)
        self.safe = Safe(given)
        self._playing: asyncio.Task[None] | None = None

    async def boxes(self) -> Sequence[Box]:
        async with self.db.transaction() as db:
            added, last = await inboxes.listed(db), await mailboxes.last(db)
        given = [_box(mailbox, self._origin(mailbox)) for mailbox in self.given.mailboxes]
        taken = {box.name for box in given}
        own = [self._added(inbox) for inbox in added if inbox.name not in taken]
        return [self._as_it_does(box, last.get(box.name)) for box in (*given, *own)]

    def _origin(self, mailbox: Mailbox) -> Origin:
        if mailbox in self.given.mailbox:
            return Origin("buzon.toml", "[[mailbox]]")
        return config.origin(self.given, (), "imap_host")

    def _added(self, inbox: Inbox) -> Box:
        box = _box(mailbox_of(inbox, ""), Origin("pages"))
        return replace(box, locked=not self._opens(inbox.password))

    def _opens(self, locked: str) -> bool:
        try:
            self.safe.unlock(locked)
        except WrongKey:
            return False
        return True

    def _as_it_does(self, box: Box, last: Last | None) -> Box:
        if last:
            box = replace(box, last_mail=last.read_at, lag=last.lag)
        for state in self.mailboxes:
            if state.name == box.name:
                return replace(
                    box,
                    state=state.state,
                    error=state.error,
                    since=state.since,
                    seen_at=state.seen_at,
                )
        return box

    async def try_box(self, name: str) -> Trial:
        mailbox = next((box for box in self.settings.mailboxes if box.key == name), None)
        if mailbox is None:
            raise NotFound(f"There is no mailbox {name} that is read.")
        return await trial.try_mailbox(mailbox)

    async def try_typed_box(self, typed: Mapping[str, str]) -> Trial:
        return await trial.try_mailbox(await self._typed_box(typed))

    async def _typed_box(self, typed: Mapping[str, str]) -> Mailbox:
        values = {name: value.strip() for name, value in typed.items() if value.strip()}
        name = values.get("name") or values.get("user", "")
        if not typed.get("password"):
            values["password"] = await self._kept_password(name, values)
        try:
            mailbox = Mailbox.model_validate(values)
        except ValidationError as error:
            raise WrongSettings(config.faults(error)) from error
        if not values["password"]:
            raise WrongSettings({"password": ("missing", "", 0)})
        return mailbox

    async def _kept_password(self, name: str, values: Mapping[str, str]) -> str:
        """That of the mailbox of this name; a new server or user must be told it anew."""
        async with self.db.transaction() as db:
            added = {inbox.name: inbox for inbox in await inboxes.listed(db)}
        inbox = added.get(name)
        same = ("host", "port", "security", "user")
        before = _box(mailbox_of(inbox, ""), Origin("pages")) if inbox else None
        if inbox is None or any(str(getattr(before, n)) != values.get(n, "") for n in same):
            return ""
        return self.safe.unlock(inbox.password) if self._opens(inbox.password) else ""

    async def keep_box(self, typed: Mapping[str, str], who: str) -> None:
        mailbox = await self._typed_box(typed)
        if mailbox.key in {given.key for given in self.given.mailboxes}:
            raise Conflict("A mailbox from elsewhere is called so.", "Change it where it is set.")
        inbox = Inbox(
            name=mailbox.key,
            host=mailbox.host,
            port=mailbox.port,
            security=mailbox.security,
            username=mailbox.user,
            password=self.safe.lock(mailbox.password.get_secret_value()),
            folder=mailbox.folder,
            after=mailbox.after,
        )
        await keep_inbox(self.db, inbox, who)
        await self.taken_up()

    async def remove_box(self, name: str, who: str) -> None:
        await remove_inbox(self.db, name, who)
        await self.taken_up()

    async def way(self) -> Way:
        async with self.db.transaction() as db:
            chosen, secrets = await kept.values(db), await kept.secrets(db)
        if self.given.smtp_host:
            hold, comes = self.given, config.origin(self.given, (), "smtp_host")
        else:
            hold = config.complete(self.given, chosen)
            comes = Origin("pages" if hold.smtp_host else "default")
        smtp = hold.smtp
        if smtp is None:
            return Way(comes=comes)
        return Way(
            host=smtp.host,
            port=smtp.port,
            security=smtp.security,
            user=smtp.user,
            sender=hold.smtp_from,
            comes=comes,
            locked=not all(self._opens(secret) for secret in secrets.values()),
        )

    async def try_sending(
        self, typed: Mapping[str, str], to: str, subject: str, text: str
    ) -> Trial:
        hold = await self._typed_sending(typed)
        assert hold.smtp is not None  # noqa: S101 - a server was typed
        reply = Reply(
            event_id=0,
            message_id=f"{uuid.uuid4().hex}@{hold.smtp_from.rpartition('@')[2]}",
            thread_id="",
            mailbox="",
            envelope_from=hold.smtp_envelope_from or hold.smtp_from,
            from_header=formataddr((hold.company, hold.smtp_from)),
            recipient=to,
            subject=subject,
            text=text,
            html=f"<p>{escape(text)}</p>",
            headers={"Auto-Submitted": "auto-generated"},
        )
        mail = QueuedReply(0, 0, datetime.now(UTC), reply)
        return await trial.try_sending(server_of(hold.smtp), mail)

    async def _typed_sending(self, typed: Mapping[str, str]) -> Settings:
        """The settings as they would be."""
        if self.given.smtp_host or self.given.mail == "external":
            raise Conflict("How answers go out is set elsewhere.", "Change it where it is set.")
        values: dict[str, Any] = {n: typed[n].strip() for n in SENDING if typed.get(n, "").strip()}
        missing = {n for n in ("smtp_host", "smtp_from") if n not in values}
        if missing:
            raise WrongSettings(dict.fromkeys(missing, ("missing", "", 0)))
        if "@" not in values["smtp_from"] or any(c.isspace() for c in values["smtp_from"]):
            raise WrongSettings({"smtp_from": ("address", "", 0)})
        if values.get("smtp_user"):
            values["smtp_password"] = typed.get("smtp_password") or await self._kept_secret(values)
            if not values["smtp_password"]:
                raise WrongSettings({"smtp_password": ("missing", "", 0)})
        return config.complete(self.settings_without_sending, values)

    @property
    def settings_without_sending(self) -> Settings:
        """Those that hold, as if nothing was chosen of sending."""
        fields = {name: getattr(self.settings, name) for name in config.CHOSEN}
        return config.complete(self.given, fields)

    async def _kept_secret(self, values: Mapping[str, Any]) -> str:
        """The password that is kept; a new server or user must be told it anew."""
        way = await self.way()
        async with self.db.transaction() as db:
            locked = (await kept.secrets(db)).get("smtp_password")
        before = (way.host, str(way.port), way.security, way.user)
        now = tuple(values.get(f"smtp_{name}", "") for name in ("host", "port", "security", "user"))
        return self.safe.unlock(locked) if locked and before == now and not way.locked else ""

    async def send_through(self, typed: Mapping[str, str], who: str) -> None:
        hold = await self._typed_sending(typed)
        wanted: dict[str, Any] = {name: getattr(hold, name) for name in SENDING}
        password = wanted.pop("smtp_password").get_secret_value()
        if not password:
            wanted["smtp_password"] = None
        locked = self.safe.lock(password) if password else None
        await choose_sending(self.db, {n: v or None for n, v in wanted.items()}, locked, who)
        await self.taken_up()

    async def stop_sending(self, who: str) -> None:
        await stop_sending(self.db, SENDING, who)
        await self.taken_up()

    async def play_samples(self) -> None:
        place = self.settings.sandbox
        if place is None:
            raise Conflict("There is no sandbox.", "It ended with the first mailbox.")
        if self._playing and not self._playing.done():
            raise Conflict("Sample mails are coming in.", "Look at the list of mails.")
        self._playing = asyncio.create_task(self._play(place))

    async def _play(self, place: tuple[str, int]) -> None:
        try:
            await play(place, SAMPLES_A_SECOND, SAMPLES, lambda number, sender, subject: None)
        except SendError as error:
            log.warning("sample mails can't be played", why=str(error))


def _box(mailbox: Mailbox, comes: Origin) -> Box:
    return Box(
        name=mailbox.key,
        host=mailbox.host,
        port=mailbox.actual_port,
        security=mailbox.security,
        user=mailbox.user,
        folder=mailbox.folder,
        after=mailbox.after,
        comes=comes,
    )

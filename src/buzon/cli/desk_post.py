"""What the pages ask for about mailboxes, answered from settings, store and readers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog
from pydantic import ValidationError

from buzon import config
from buzon.cli.chosen import mailbox_of
from buzon.cli.desk_access import AccessDesk
from buzon.cli.mail_access import bearer_for_reading
from buzon.cli.simulate import play
from buzon.config import Mailbox, Origin, Settings
from buzon.errors import Conflict, NotFound, SendError, WrongSettings
from buzon.flow import keep_inbox, remove_inbox
from buzon.mail import trial
from buzon.mail.trial import Trial
from buzon.reception import State
from buzon.store import inboxes, mail_grants, mailboxes
from buzon.store.inboxes import Inbox
from buzon.store.mailboxes import Last
from buzon.web import Box

log = structlog.get_logger()

SAMPLES, SAMPLES_A_SECOND = 20, 2.0


class PostDesk(AccessDesk):
    """The web's `Post`."""

    mailboxes: Sequence[State]

    def __init__(self, given: Settings) -> None:
        super().__init__(given)
        self._playing: asyncio.Task[None] | None = None

    async def boxes(self) -> Sequence[Box]:
        async with self.db.reading() as db:
            added, last = await inboxes.listed(db), await mailboxes.last(db)
            grants = {grant.account: grant for grant in await mail_grants.listed(db)}
        given = [_box(mailbox, self._origin(mailbox)) for mailbox in self.given.mailboxes]
        taken = {box.name for box in given}
        own = [self._added(inbox) for inbox in added if inbox.name not in taken]
        boxes = [replace(box, access=grants.get(box.user)) for box in (*given, *own)]
        return [self._as_it_does(box, last.get(box.name)) for box in boxes]

    def _origin(self, mailbox: Mailbox) -> Origin:
        if mailbox in self.given.mailbox:
            return Origin("buzon.toml", "[[mailbox]]")
        return config.origin(self.given, (), "imap_host")

    def _added(self, inbox: Inbox) -> Box:
        box = _box(mailbox_of(inbox, ""), Origin("pages"))
        return replace(box, locked=not self.opens(inbox.password))

    def _as_it_does(self, box: Box, last: Last | None) -> Box:
        if last:
            box = replace(box, last_mail=last.read_at, lag=last.lag)
        for state in self.mailboxes:
            if state.name == box.name:
                return replace(
                    box,
                    state=state.state,
                    error=state.error,
                    step=state.step,
                    since=state.since,
                    seen_at=state.seen_at,
                )
        return box

    async def try_box(self, name: str) -> Trial:
        mailbox = next((box for box in self.settings.mailboxes if box.key == name), None)
        if mailbox is None:
            raise NotFound(f"There is no mailbox {name} that is read.")
        return await trial.try_mailbox(mailbox, bearer_for_reading(self.grants, mailbox))

    async def try_typed_box(self, typed: Mapping[str, str]) -> Trial:
        mailbox = await self._typed_box(typed)
        return await trial.try_mailbox(mailbox, bearer_for_reading(self.grants, mailbox))

    async def _typed_box(self, typed: Mapping[str, str]) -> Mailbox:
        values = {name: value.strip() for name, value in typed.items() if value.strip()}
        name = values.get("name") or values.get("user", "")
        by_token = typed.get("auth") == "oauth2"
        if by_token:
            values["password"] = ""
        elif not typed.get("password"):
            values["password"] = await self._kept_password(name, values)
        try:
            mailbox = Mailbox.model_validate(values)
        except ValidationError as error:
            raise WrongSettings(config.faults(error)) from error
        if not values["password"] and not by_token:
            raise WrongSettings({"password": ("missing", "", 0)})
        return mailbox

    async def _kept_password(self, name: str, values: Mapping[str, str]) -> str:
        """That of the mailbox of this name; a new server or user must be told it anew."""
        async with self.db.reading() as db:
            added = {inbox.name: inbox for inbox in await inboxes.listed(db)}
        inbox = added.get(name)
        same = ("host", "port", "security", "user")
        before = _box(mailbox_of(inbox, ""), Origin("pages")) if inbox else None
        if inbox is None or any(str(getattr(before, n)) != values.get(n, "") for n in same):
            return ""
        return self.safe.unlock(inbox.password) if self.opens(inbox.password) else ""

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
            auth=mailbox.auth,
        )
        await keep_inbox(self.db, inbox, who)
        await self.taken_up()

    async def remove_box(self, name: str, who: str) -> None:
        await remove_inbox(self.db, name, who)
        await self._forget_unused(name, who)
        await self.taken_up()

    async def _forget_unused(self, removed: str, who: str) -> None:
        """What let us into a mailbox that is read no more is kept only if it is used elsewhere."""
        accounts = {box.user for box in self.settings.mailboxes if box.key == removed}
        used = {box.user for box in self.settings.mailboxes if box.key != removed}
        for account in accounts - used - {self.settings.smtp_user}:
            await self.grants.forget(account, who)

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
        auth=mailbox.auth,
        comes=comes,
    )

"""What the pages ask for about sending, answered from settings and store."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import formataddr
from html import escape
from typing import Any

from buzon import config
from buzon.cli.desk_house import HouseDesk
from buzon.cli.parts import server_of
from buzon.cli.safe import Safe, WrongKey
from buzon.config import SENDING, Origin, Settings
from buzon.errors import Conflict, WrongSettings
from buzon.flow import Grants, choose_sending, stop_sending
from buzon.mail import trial
from buzon.mail.trial import Trial
from buzon.records import QueuedReply, Reply
from buzon.store import mail_grants
from buzon.store import settings as kept
from buzon.store.mail_grants import Grant
from buzon.web import Way


class SendingDesk(HouseDesk):
    """The part of the web's `Post` that is about sending."""

    settings: Settings
    grants: Grants

    def __init__(self, given: Settings) -> None:
        super().__init__(given)
        self.safe = Safe(given)

    async def way(self) -> Way:
        async with self.db.reading() as db:
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
            auth=smtp.auth,
            access=await self.access(smtp.user) if smtp.auth == "oauth2" else None,
            comes=comes,
            locked="smtp_password" in secrets and not self.opens(secrets["smtp_password"]),
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
        return await trial.try_sending(server_of(hold.smtp, self.grants), mail)

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
        by_token = values.get("smtp_auth") == "oauth2"
        if by_token and not values.get("smtp_user"):
            raise WrongSettings({"smtp_user": ("missing", "", 0)})
        if by_token:
            values.pop("smtp_password", None)  # was typed before, and is hidden now
        elif values.get("smtp_user"):
            values["smtp_password"] = typed.get("smtp_password") or await self._kept_secret(values)
            if not values["smtp_password"]:
                raise WrongSettings({"smtp_password": ("missing", "", 0)})
        hold = config.complete(self.settings_without_sending, values)
        if (
            hold.smtp
            and hold.sandbox
            and hold.smtp.port == hold.sandbox[1]
            and config.is_this_machine(hold.smtp.host)
        ):
            raise WrongSettings({"smtp_port": ("own-sandbox", "", 0)})
        return hold

    @property
    def settings_without_sending(self) -> Settings:
        """Those that hold, as if nothing was chosen of sending."""
        fields = {
            name: getattr(self.settings, name) for name in (*config.CHOSEN, *config.PROVIDERS)
        }
        return config.complete(self.given, fields)

    async def _kept_secret(self, values: Mapping[str, Any]) -> str:
        """The password that is kept; a new server or user must be told it anew."""
        way = await self.way()
        async with self.db.reading() as db:
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

    async def access(self, account: str) -> Grant | None:
        async with self.db.reading() as db:
            return await mail_grants.get(db, account)

    def opens(self, locked: str) -> bool:
        """Whether it was locked with the key that we have."""
        try:
            self.safe.unlock(locked)
        except WrongKey:
            return False
        return True

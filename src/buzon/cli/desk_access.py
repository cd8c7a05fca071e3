"""What the pages ask for about OAuth2 at mail providers, answered from settings and grants."""

from collections.abc import Mapping, Sequence
from typing import Any

from buzon import config
from buzon.cli.desk_sending import SendingDesk
from buzon.cli.mail_access import apps, returns_to
from buzon.config import Origin, Settings
from buzon.errors import Conflict, NotFound, WrongSettings
from buzon.flow import choose_provider
from buzon.hooks.addresses import refuse_reserved
from buzon.store import settings as kept
from buzon.store.mail_grants import ProviderName
from buzon.web import MailProvider

FIELDS: dict[ProviderName, tuple[str, ...]] = {
    "google": config.PROVIDERS[:2],
    "microsoft": config.PROVIDERS[2:5],
    "other": config.PROVIDERS[5:],
}
SECRETS = frozenset(name for name in config.PROVIDERS if name.endswith("_secret"))


class AccessDesk(SendingDesk):
    """The web's `Access`."""

    async def providers(self) -> Sequence[MailProvider]:
        async with self.db.reading() as db:
            chosen, secrets = await kept.values(db), await kept.secrets(db)
        hold = config.complete(self.given, chosen)
        return [
            MailProvider(
                name=name,
                comes=self._comes(name, chosen),
                values={
                    field: str(getattr(hold, field)) for field in fields if field not in SECRETS
                },
                has_secret=any(field in secrets for field in fields),
                ready=name in apps(hold),
                returns_to=returns_to(self.settings),
            )
            for name, fields in FIELDS.items()
        ]

    def _comes(self, name: ProviderName, chosen: Mapping[str, Any]) -> Origin:
        given = [field for field in FIELDS[name] if field in self.given.model_fields_set]
        first = given[0] if given else FIELDS[name][0]
        return config.origin(self.given, chosen, first)

    async def keep_provider(self, name: ProviderName, typed: Mapping[str, str], who: str) -> None:
        fields = FIELDS[name]
        if any(field in self.given.model_fields_set for field in fields):
            raise Conflict("This provider is set elsewhere.", "Change it where it is set.")
        plain = _plain(fields)
        values = {field: typed.get(field, "").strip() for field in plain}
        if not values[plain[0]] and any(values.values()):
            raise WrongSettings({plain[0]: ("missing", "", 0)})
        for field in plain:
            if field.endswith("_url"):
                refuse_reserved(values[field])
        wanted = config.complete(self.given, {n: value for n, value in values.items() if value})
        secrets = {n: typed[n].strip() for n in fields if n in SECRETS and typed.get(n, "").strip()}
        if any(values.values()) and not secrets:
            await self._refuse_to_move_a_secret(wanted, fields)
        locked = {field: self.safe.lock(secret) for field, secret in secrets.items()}
        await choose_provider(
            self.db, {n: value or None for n, value in values.items()}, locked, who
        )
        await self.taken_up()

    async def _refuse_to_move_a_secret(self, wanted: Settings, fields: Sequence[str]) -> None:
        """A secret that is kept was given to one provider: another must be told it anew."""
        async with self.db.reading() as db:
            chosen, secrets = await kept.values(db), await kept.secrets(db)
        hold = config.complete(self.given, chosen)
        moved = any(getattr(hold, name) != getattr(wanted, name) for name in _plain(fields))
        if moved and (lost := SECRETS & set(fields) & secrets.keys()):
            raise WrongSettings(dict.fromkeys(lost, ("missing", "", 0)))

    async def authorize(self, box: str | None, session: str) -> str:
        account, host = self._account(box)
        return await self.grants.depart(account, host, session)

    def _account(self, box: str | None) -> tuple[str, str]:
        """Whose user at which server it is: of a mailbox, or, without one, of sending."""
        if box is None and self.settings.smtp:
            return self.settings.smtp.user, self.settings.smtp.host
        for mailbox in self.settings.mailboxes:
            if mailbox.key == box:
                return mailbox.user, mailbox.host
        raise NotFound("There is no such mailbox.", "See the list of mailboxes.")

    async def authorized(self, answer: Mapping[str, str], session: str, who: str) -> str:
        account = await self.grants.come_back(answer, session, who)
        await self.taken_up()
        return account


def _plain(fields: Sequence[str]) -> list[str]:
    return [field for field in fields if field not in SECRETS]

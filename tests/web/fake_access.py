"""OAuth2 at mail providers in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from buzon.config import Origin
from buzon.errors import Conflict, NotFound, WrongSettings
from buzon.store.mail_grants import ProviderName
from buzon.web import MailProvider

FIELDS: dict[ProviderName, tuple[str, ...]] = {
    "google": ("google_client_id",),
    "microsoft": ("microsoft_client_id", "microsoft_tenant"),
    "other": (
        "oauth_client_id", "oauth_authorization_url", "oauth_token_url", "oauth_device_url",
        "oauth_scope", "oauth_hosts",
    ),
}  # fmt: skip


class FakeAccess:
    """The web's `Access`. Whoever comes back with the state "known" was sent from here."""

    def __init__(self) -> None:
        self.registered: dict[ProviderName, MailProvider] = {
            name: MailProvider(
                name=name,
                comes=Origin("default"),
                values=dict.fromkeys(fields, ""),
                has_secret=False,
                ready=False,
                returns_to="https://mail.example.com/settings/mailboxes/authorized",
            )
            for name, fields in FIELDS.items()
        }
        self.let_in: list[str] = []

    async def providers(self) -> Sequence[MailProvider]:
        return list(self.registered.values())

    async def keep_provider(self, name: ProviderName, typed: Mapping[str, str], who: str) -> None:
        fields = FIELDS[name]
        if not typed.get(fields[0]):
            raise WrongSettings({fields[0]: ("missing", "", 0)})
        self.registered[name] = replace(
            self.registered[name],
            comes=Origin("pages"),
            values={field: typed.get(field, "") for field in fields},
            has_secret=bool(typed.get(f"{fields[0].removesuffix('_id')}_secret")),
            ready=True,
        )

    async def authorize(self, box: str | None, session: str) -> str:
        if not self.registered["google"].ready:
            raise Conflict(
                "Buzón is not registered at this provider yet.",
                "Enter its client ID under Providers first.",
            )
        return f"https://accounts.google.com/o/oauth2/v2/auth?login_hint={box}"

    async def authorized(self, answer: Mapping[str, str], session: str, who: str) -> str:
        if answer.get("state") != "known":
            raise NotFound(
                "This authorization was not begun in this browser, or took too long.",
                "Begin it again.",
            )
        self.let_in.append(who)
        return "ventas@example.com"

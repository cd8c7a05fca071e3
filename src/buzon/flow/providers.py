"""Mail providers that let programs in by OAuth2, and what Buzón is at them."""

from collections.abc import Iterable
from dataclasses import dataclass

from buzon.store.mail_grants import ProviderName

GOOGLE = ("gmail.com", "googlemail.com")
MICROSOFT = ("office365.com", "outlook.com", "hotmail.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What Buzón is at a provider, and where that is asked. `returns_to`: the page that people are
    sent back to. `hosts`: its mail servers, or what their names end in; no other gets its tokens.
    `device_url` is "" where no codes for devices are to be had."""

    provider: ProviderName
    name: str
    client_id: str
    secret: str
    returns_to: str
    hosts: tuple[str, ...]
    authorization_url: str
    token_url: str
    device_url: str = ""
    scope: str
    extra: tuple[tuple[str, str], ...] = ()
    proof: str = "client_secret_post"

    def serves(self, host: str) -> bool:
        """Whether this mail server is the provider's."""
        return _ends(host, self.hosts)


def provider_of(host: str) -> ProviderName:
    """Whose mail server this is, by its name."""
    if _ends(host, GOOGLE):
        return "google"
    return "microsoft" if _ends(host, MICROSOFT) else "other"


def _ends(host: str, names: Iterable[str]) -> bool:
    host = host.lower().rstrip(".")
    return any(host == name or host.endswith(f".{name}") for name in names)


def google(client_id: str, secret: str, returns_to: str) -> App:
    """https://developers.google.com/identity/protocols/oauth2/web-server. Without prompt=consent
    there is no refresh token the second time. Its codes for devices are not for mail."""
    return App(
        provider="google",
        name="Google",
        client_id=client_id,
        secret=secret,
        returns_to=returns_to,
        hosts=GOOGLE,
        authorization_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
        scope="https://mail.google.com/",
        extra=(("access_type", "offline"), ("prompt", "consent")),
    )


def microsoft(client_id: str, secret: str, tenant: str, returns_to: str) -> App:
    """https://learn.microsoft.com/exchange/client-developer/legacy-protocols/
    how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth"""
    place = f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
    return App(
        provider="microsoft",
        name="Microsoft 365",
        client_id=client_id,
        secret=secret,
        returns_to=returns_to,
        hosts=MICROSOFT,
        authorization_url=f"{place}/authorize",
        token_url=f"{place}/token",
        device_url=f"{place}/devicecode",
        scope="https://outlook.office.com/IMAP.AccessAsUser.All"
        " https://outlook.office.com/SMTP.Send offline_access",
    )

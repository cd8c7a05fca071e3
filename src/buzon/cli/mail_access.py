"""Signing in at mail servers by OAuth2, as the settings say."""

from buzon.cli.address import page_address
from buzon.cli.safe import Safe
from buzon.config import Mailbox, Settings, Smtp
from buzon.flow import Grants
from buzon.flow.grants import Account
from buzon.flow.providers import App, google, microsoft
from buzon.store.db import Database
from buzon.store.mail_grants import ProviderName
from buzon.web import AUTHORIZED


def make_grants(settings: Settings, db: Database) -> Grants:
    return Grants(db, apps(settings), Safe(settings))


def returns_to(settings: Settings) -> str:
    """The address that is to be registered at providers."""
    return page_address(settings) + AUTHORIZED


def apps(settings: Settings) -> dict[ProviderName, App]:
    """What Buzón is at the providers that are set up."""
    back, found = returns_to(settings), []
    if settings.google_client_id:
        secret = settings.google_client_secret.get_secret_value()
        found.append(google(settings.google_client_id, secret, back))
    if settings.microsoft_client_id:
        secret = settings.microsoft_client_secret.get_secret_value()
        tenant = settings.microsoft_tenant
        found.append(microsoft(settings.microsoft_client_id, secret, tenant, back))
    other = (
        settings.oauth_client_id,
        settings.oauth_authorization_url,
        settings.oauth_token_url,
        settings.oauth_hosts,
    )
    if all(other):
        found.append(_other(settings, back))
    return {app.provider: app for app in found}


def _other(settings: Settings, back: str) -> App:
    return App(
        provider="other",
        name=settings.oauth_token_url.split("/")[2],
        client_id=settings.oauth_client_id,
        secret=settings.oauth_client_secret.get_secret_value(),
        returns_to=back,
        hosts=tuple(settings.oauth_hosts.lower().split()),
        authorization_url=settings.oauth_authorization_url,
        token_url=settings.oauth_token_url,
        device_url=settings.oauth_device_url,
        scope=settings.oauth_scope,
        extra=(("prompt", "consent"),),  # OpenID providers give no refresh token without
        proof="client_secret_basic",
    )


def bearer_for_reading(grants: Grants, mailbox: Mailbox) -> Account | None:
    return grants.account(mailbox.user, mailbox.host) if mailbox.auth == "oauth2" else None


def bearer_for_sending(grants: Grants, smtp: Smtp) -> Account | None:
    return grants.account(smtp.user, smtp.host) if smtp.auth == "oauth2" else None

"""The settings that are given, checked, also against each other."""

from collections.abc import Iterator

from pydantic import ValidationError

from buzon.config.faults import sentence
from buzon.config.kinds import IN_CLEAR, is_in_clear
from buzon.config.settings import Settings
from buzon.config.sources import PREFIX, refuse_unknown
from buzon.errors import SettingsError


def load() -> Settings:
    """The settings, checked. Raises SettingsError, which names each setting that is wrong."""
    try:
        refuse_unknown(Settings)
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(sentence(error), "Correct it and start again.") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"buzon.toml or .env can't be read: {error}.", "Correct it.") from error
    _refuse_incomplete(settings)
    return settings


def _refuse_incomplete(settings: Settings) -> None:
    for name in in_clear(settings):
        raise SettingsError(f"{PREFIX}{name.upper()}=oauth2: {IN_CLEAR}.")
    if settings.imap_host and not settings.imap_user:
        raise SettingsError("BUZON_IMAP_HOST is set, but not BUZON_IMAP_USER.", "Set it too.")
    if settings.smtp and settings.smtp_auth == "oauth2" and not settings.smtp_user:
        raise SettingsError(
            "BUZON_SMTP_AUTH=oauth2 is set, but not BUZON_SMTP_USER.", "Set it too."
        )
    if settings.mail == "external" and settings.stale == "send" and not settings.smtp_host:
        raise SettingsError("BUZON_STALE=send is set, but not BUZON_SMTP_HOST.", "Set it too.")
    keys = [mailbox.key for mailbox in settings.mailboxes]
    if doubled := {key for key in keys if keys.count(key) > 1}:
        raise SettingsError(
            f"Two mailboxes are called {', '.join(sorted(doubled))}.",
            "Give each [[mailbox]] its own name.",
        )
    _refuse_incomplete_openid(settings)
    senders = [settings.smtp_from, *(mailbox.user for mailbox in settings.mailboxes)]
    if settings.smtp and not any("@" in sender for sender in senders):
        raise SettingsError(
            "Sending is configured, but no address that replies come from.", "Set BUZON_SMTP_FROM."
        )


def _refuse_incomplete_openid(settings: Settings) -> None:
    if not settings.oidc_issuer:
        return
    for name in ("oidc_client_id", "url"):
        if not getattr(settings, name):
            raise SettingsError(
                f"BUZON_OIDC_ISSUER is set, but not {PREFIX}{name.upper()}.", "Set it too."
            )
    if settings.oidc_role != "none" and not settings.oidc_domains:
        raise SettingsError(
            f"BUZON_OIDC_ROLE={settings.oidc_role} would let in everybody whom the provider knows.",
            "Set BUZON_OIDC_DOMAINS too, such as example.com.",
        )
    if bool(settings.oidc_role_claim) != bool(settings.oidc_roles):
        raise SettingsError(
            "Of BUZON_OIDC_ROLE_CLAIM and BUZON_OIDC_ROLES only one is set.",
            "Set both, such as groups and buzon-admins=administrator, or neither.",
        )


def in_clear(settings: Settings) -> Iterator[str]:
    """The settings by which others could read a token."""
    if is_in_clear(settings.imap_auth, settings.imap_security, settings.imap_host):
        yield "imap_auth"
    if is_in_clear(settings.smtp_auth, settings.smtp_security, settings.smtp_host):
        yield "smtp_auth"

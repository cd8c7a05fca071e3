"""What trying a mail server is called on the pages, and what to do where it fails: also where to
click at the provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from buzon.mail.trial import Step
from buzon.web.language import _

STEPS: dict[Step, str] = {
    "name": _("Server's name"), "connection": _("Connection"), "greeting": _("Greeting"),
    "tls": _("Encryption"), "sign-in": _("Sign-in"), "folder": _("Folder"),
    "mail": _("Test mail"),
}  # fmt: skip

# By the step, or "token" where an access token takes the password's place; "" where it isn't known.
FAILED: dict[str, str] = {
    "": _("It is tried again by itself."),
    "name": _(
        "This server's name could not be found. Check it for a slip of the pen. If it is right, the"
        " name service (DNS) of this machine does not know it or does not answer: try again, or ask"
        " whoever looks after the network."
    ),
    "connection": _(
        "Nothing answers at this port. Check the port, and whether a firewall is between."
    ),
    "greeting": _(
        "Something answers, but not as a mail server does. Port and encryption may not belong"
        " together."
    ),
    "tls": _(
        "The encrypted connection fails. Port and encryption may not belong together, or the"
        " certificate is for another name."
    ),
    "sign-in": _("The server doesn't let us in. Check the user and the password."),
    "token": _(
        "The server doesn't let us in by OAuth2. Authorize the account again, as its owner, in the"
        " list of mailboxes."
    ),
    "folder": _("The server lets us in, but there is no such folder. Most mail comes to INBOX."),
    "mail": _("The server lets us in, but does not take the mail. Check the sender's address."),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do at a provider, and where to click."""

    text: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Whose server it is. `hosts` are the ends of its servers' names; `before` is told on the form,
    `at` where a step (of FAILED) fails."""

    name: str
    imap: dict[str, str]
    smtp: dict[str, str]
    hosts: tuple[str, ...] = ()
    before: tuple[Advice, ...] = ()
    at: Mapping[str, tuple[Advice, ...]] = field(default_factory=dict)


_GOOGLE = (
    Advice(
        _("Switch on 2-step verification in the Google account."),
        "https://myaccount.google.com/signinoptions/two-step-verification",
    ),
    Advice(
        _("Make an app password and enter it here instead of the account's own."),
        "https://myaccount.google.com/apppasswords",
    ),
    Advice(
        _(
            "Or without a password: choose OAuth2, for which Buzón is registered at Google once."
            " What accounts grant to an app in “Testing” ends after 7 days."
        )
    ),
)
_GOOGLE_FOLDER = (
    Advice(
        _("In Gmail a folder is a label. Under Settings → Labels, tick “Show in IMAP” beside it."),
        "https://mail.google.com/mail/u/0/#settings/labels",
    ),
)
_GOOGLE_SENDER = (
    Advice(
        _(
            "Gmail sends from its own address, or from one under Settings → Accounts →"
            " “Send mail as”."
        ),
        "https://mail.google.com/mail/u/0/#settings/accounts",
    ),
)
_MICROSOFT = (
    Advice(
        _(
            "Microsoft 365 has let nobody in by password over IMAP since 2022, and is ending"
            " passwords over SMTP. Choose OAuth2, for which Buzón is registered at Microsoft once."
        ),
        "https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/"
        "deprecation-of-basic-authentication-exchange-online",
    ),
)
_MICROSOFT_APPS = (
    Advice(
        _(
            "In the Microsoft 365 admin center: Users → Active users → the user → Mail → Manage"
            " email apps. Tick IMAP and Authenticated SMTP; it takes up to an hour."
        ),
        "https://admin.microsoft.com/Adminportal/Home#/users",
    ),
)
_MICROSOFT_SENDER = (
    Advice(
        _(
            "The user must be allowed to send as this address: Exchange admin center → Mailboxes →"
            " the mailbox → Delegation → Send as."
        ),
        "https://admin.exchange.microsoft.com/#/mailboxes",
    ),
)

PROVIDERS: dict[str, Provider] = {
    "gmail": Provider(
        name="Gmail",
        imap={
            "host": "imap.gmail.com",
            "port": "993",
            "security": "tls",
            "folder": "INBOX",
            "after": "none",
        },
        smtp={
            "smtp_host": "smtp.gmail.com",
            "smtp_port": "465",
            "smtp_security": "tls",
            "smtp_auth": "password",
        },
        hosts=("gmail.com", "googlemail.com"),
        before=_GOOGLE,
        at={"sign-in": _GOOGLE, "folder": _GOOGLE_FOLDER, "mail": _GOOGLE_SENDER},
    ),
    "microsoft": Provider(
        name="Microsoft 365",
        imap={
            "host": "outlook.office365.com",
            "port": "993",
            "security": "tls",
            "folder": "INBOX",
            "after": "none",
            "auth": "oauth2",
        },
        smtp={
            "smtp_host": "smtp.office365.com",
            "smtp_port": "587",
            "smtp_security": "starttls",
            "smtp_auth": "oauth2",
        },
        hosts=("office365.com", "outlook.com", "hotmail.com"),
        before=_MICROSOFT,
        at={"sign-in": _MICROSOFT, "token": _MICROSOFT_APPS, "mail": _MICROSOFT_SENDER},
    ),
    "other": Provider(
        name=_("Another provider"),
        imap={"port": "993", "security": "tls"},
        smtp={
            "smtp_host": "",
            "smtp_port": "587",
            "smtp_security": "starttls",
            "smtp_auth": "password",
        },
        at={
            "sign-in": (
                Advice(
                    _("Some providers want an app password, or must be told to allow programs.")
                ),
            )
        },
    ),
}

# What else can be wrong, and what to do.
CONFLICTS = (
    _("A mailbox from elsewhere is called so."),
    _("How answers go out is set elsewhere."),
    _("Change it where it is set."),
    _("There is no sandbox."),
    _("It ended with the first mailbox."),
    _("Sample mails are coming in."),
    _("Look at the list of mails."),
)

SECURITIES = {
    "tls": _("TLS (993, 465)"),
    "starttls": _("STARTTLS (143, 587)"),
    "none": _("none: only within one machine"),
}

AUTHS = {"password": _("Password"), "oauth2": _("OAuth2, without a password")}

# What becomes of a mail once it is stored; for the last, a folder is named.
AFTER = {
    "none": _("Leave it as it is"),
    "seen": _("Mark it as read"),
    "move": _("Move it to the folder"),
}


def provider_of(host: str) -> Provider:
    """Whose server this is."""
    for provider in PROVIDERS.values():
        if any(host == end or host.endswith(f".{end}") for end in provider.hosts):
            return provider
    return PROVIDERS["other"]


def span(lag: timedelta) -> tuple[str, int]:
    """How long a mail lay there, in the largest unit of which there are some."""
    seconds = max(int(lag.total_seconds()), 0)
    if seconds < 60:
        return _("%(n)s s"), seconds
    if seconds < 3600:
        return _("%(n)s min"), seconds // 60
    return _("%(n)s h"), seconds // 3600

"""What OAuth2 at mail providers is called on the pages, and what is to be done there."""

from buzon.store.mail_grants import ProviderName
from buzon.web.language import _

NAMES: dict[ProviderName, str] = {
    "google": "Google",
    "microsoft": "Microsoft 365",
    "other": _("Another provider"),
}

FIELDS = {
    "google_client_id": _("Client ID"),
    "google_client_secret": _("Client secret"),
    "microsoft_client_id": _("Application (client) ID"),
    "microsoft_client_secret": _("Client secret"),
    "microsoft_tenant": _("Directory (tenant) ID"),
    "oauth_client_id": _("Client ID"),
    "oauth_client_secret": _("Client secret"),
    "oauth_authorization_url": _("Authorization address"),
    "oauth_token_url": _("Token address"),
    "oauth_device_url": _("Device code address, if there is one"),
    "oauth_scope": _("Scopes, with spaces between"),
    "oauth_hosts": _("Its mail servers, such as mail.example.com; no others get its tokens"),
}
SECRETS: dict[ProviderName, str] = {
    "google": "google_client_secret",
    "microsoft": "microsoft_client_secret",
    "other": "oauth_client_secret",
}

# What is to be done there; the second, where to click.
STEPS: dict[ProviderName, tuple[tuple[str, str], ...]] = {
    "google": (
        (
            _("Make a project in the Google Cloud console and switch on its Gmail API."),
            "https://console.cloud.google.com/apis/library/gmail.googleapis.com",
        ),
        (
            _("Make an OAuth client there, of the type “Web application”, with the address below."),
            "https://console.cloud.google.com/auth/clients",
        ),
        (
            _(
                "Publish the app. While it is in “Testing”, what an account grants ends after"
                " 7 days. Within a Google Workspace, choose “Internal” instead."
            ),
            "https://console.cloud.google.com/auth/audience",
        ),
    ),
    "microsoft": (
        (
            _(
                "Register an application in Microsoft Entra, of the type “Web”, with the address"
                " below."
            ),
            "https://entra.microsoft.com",
        ),
        (
            _(
                "Give it the delegated permissions IMAP.AccessAsUser.All, SMTP.Send and"
                " offline_access, and have an administrator consent."
            ),
            "",
        ),
        (
            _(
                "In Exchange, switch on IMAP and authenticated SMTP for the mailbox. A client"
                " secret ends after two years at most: note when."
            ),
            "",
        ),
    ),
    "other": (
        (
            _("Register Buzón there as a confidential web client, with the address below."),
            "",
        ),
    ),
}

# What may be wrong, and what to do.
PROBLEMS = (
    _("This provider is set elsewhere."),
    _("There is no such mailbox."),
    _("See the list of mailboxes."),
    _("Buzón is not registered at this provider yet."),
    _("This is no mail server of that provider."),
    _("Enter it under Providers among its mail servers, if it is one."),
    _("Enter its client ID under Providers first."),
    _("This authorization was not begun in this browser, or took too long."),
    _("Begin it again."),
    _("This authorization took too long or was used before."),
    _("%(provider)s did not authorize Buzón."),
    _("%(provider)s refuses Buzón: %(why)s."),
    _("Check the client ID and its secret, which may have ended."),
    _("%(provider)s does not answer as it should: %(why)s."),
    _("It is tried again by itself."),
)

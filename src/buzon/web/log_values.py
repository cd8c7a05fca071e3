"""What a changed value is called in the log: as the page on which one chooses it calls it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from buzon.store.changes import Thing
from buzon.web import setting_words, words
from buzon.web.access_words import FIELDS as OF_PROVIDERS
from buzon.web.access_words import NAMES as PROVIDERS
from buzon.web.devices import Device, device
from buzon.web.language import _
from buzon.web.post_words import AFTER, AUTHS, SECURITIES
from buzon.web.webhook_words import CONTENTS, KINDS

HIDDEN = "•••"  # a secret

# One text, several of them, a time, or a device.
Shown = str | Sequence[str] | datetime | Device

# Settings that have no field on the page of settings.
SETTINGS = (
    setting_words.NAMES
    | OF_PROVIDERS
    | {
        "smtp_host": _("SMTP server"),
        "smtp_port": _("Port of the SMTP server"),
        "smtp_security": _("Encryption of the SMTP server"),
        "smtp_user": _("User at the SMTP server"),
        "smtp_password": _("Password at the SMTP server"),
        "smtp_from": _("Address that answers come from"),
        "smtp_auth": _("How one signs in at the SMTP server"),
    }
)

# By the field; of the settings, by the setting.
CODES: Mapping[str, Mapping[Any, str]] = {
    "role": words.ROLES,
    "scopes": words.SCOPES,
    "security": SECURITIES,
    "auth": AUTHS,
    "after": {name: text for name, text in AFTER.items() if name != "move"},
    "colour": words.COLOURS,
    "kinds": KINDS,
    "content": {name: text for name, (text, _detail) in CONTENTS.items()},
    "language": words.LANGUAGE_NAMES,
    "provider": PROVIDERS,
    "smtp_security": SECURITIES,
    "smtp_auth": AUTHS,
    "answering": setting_words.CHOICES,
    "mask": setting_words.CHOICES,
    "retrain_at": setting_words.NIGHTS,
}
MOMENTS = frozenset({"expires_at"})
CLOCKS = frozenset({"begins", "ends"})


def shown(what: Thing, which: str, name: str, value: Any) -> Shown:
    """What the field `name` of a thing was or is; of a setting, `which` it is. Nothing is ""."""
    if value is None:
        return ""
    if value is True:
        return HIDDEN
    if name in MOMENTS:
        return datetime.fromisoformat(value)
    if name in CLOCKS:
        return str(value)[: len("20:00")]
    if name == "device":
        return device(value)
    if name == "key":
        return str(value).upper()
    if name == "position":
        return str(value + 1)
    if isinstance(value, dict):  # titles
        return " · ".join(str(title) for _language, title in sorted(value.items()) if title)
    if what == "settings" and which in setting_words.SHARES:
        return f"{setting_words.typed(which, value)} %"
    codes = CODES.get(which if what == "settings" else name, {})
    if isinstance(value, list):
        return [codes.get(one, str(one)) for one in value]
    return codes.get(value, str(value))

"""What the settings are called and mean on the pages, and what can be wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from buzon.web.language import _
from buzon.web.ports import Setting

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (_("The company"), ("company", "language", "timezone")),
    (_("How sure it must be"), ("risk", "confidence", "audit")),
    (_("When it learns"), ("retrain_at", "retrain_after")),
    (_("Whom it answers"), ("answering", "replies_per_hour", "allowed_lists")),
    (_("Retention"), ("keep_raw_days", "keep_text_days", "mask")),
    (_("When something is wrong"), ("alarms_to",)),
)

NAMES = {
    "company": _("Company"),
    "language": _("Language of answers"),
    "timezone": _("Time zone"),
    "risk": _("Accepted share of wrong categories"),
    "confidence": _("Careful confidence"),
    "audit": _("Share drawn by lot"),
    "retrain_at": _("Nightly training"),
    "retrain_after": _("Corrections until a training"),
    "answering": _("Automatic answers"),
    "replies_per_hour": _("Most answers an hour"),
    "allowed_lists": _("Own mailing lists"),
    "keep_raw_days": _("Days that mails are kept as they came"),
    "keep_text_days": _("Days that texts and addresses are kept"),
    "mask": _("Zeros for private numbers"),
    "alarms_to": _("Who is written to"),
}

# Only shown: the environment gives them.
FIXED = {
    "oidc_issuer": _("Provider"),
    "oidc_client_id": _("What the provider calls Buzón"),
    "oidc_name": _("What people call the provider"),
    "oidc_role": _("Role of who comes unknown"),
    "oidc_domains": _("Domains of those"),
    "oidc_role_claim": _("What lists the groups"),
    "oidc_roles": _("Roles of groups"),
}

# As config.Settings says them; here for their translation.
HELP = (
    _("The company's name, as replies are signed."),
    _("Language of replies to mails in a language without a template."),
    _("The company's time zone. For another one all figures are counted anew."),
    _("Share of wrong categories accepted among mails handled without a person."),
    _("Until audits vouch for another: below it a mail goes to a person."),
    _("Share of all mails drawn by lot for a person to look at; 3 a day at least."),
    _("When the model is trained each night there is something new; off: never."),
    _("Corrections after which the model is trained at once. 0: never."),
    _("off: mails are read and sorted, and nobody is answered; as after a backup was restored."),
    _("Global cap on automatic answers an hour; the rest is held back."),
    _("List-Ids of own lists whose mails may be answered; commas between them."),
    _("Days that a mail is kept as it came, attachments included. 0: for ever."),
    _(
        "Days that texts, subjects, names and addresses are kept; what was counted stays."
        " 0: for ever."
    ),
    _(
        "Whether numbers of cards, accounts, identity cards and telephones become zeros in a text"
        " once the mail as it came is no longer kept."
    ),
    _("Address that hears of trouble, at most once an hour of each kind; needs sending."),
)

HOURS = (*(f"{hour:02}:00" for hour in range(24)), "off")
NIGHTS = {"off": _("never")}
CHOICES = {"on": _("On"), "off": _("Off")}

SHARES = frozenset({"risk", "confidence", "audit"})  # shown in percent

FAULTS = {
    "float_parsing": _("This must be a number."),
    "int_parsing": _("This must be a whole number."),
    "int_from_float": _("This must be a whole number."),
    "finite_number": _("This must be a number."),
    "greater_than": _("This must be more than %(limit)s."),
    "greater_than_equal": _("This must be at least %(limit)s."),
    "less_than": _("This must be less than %(limit)s."),
    "less_than_equal": _("This must be at most %(limit)s."),
    "string_too_long": _("This may have at most %(limit)s letters."),
    "missing": _("This must be filled in."),
    "address": _("This must be an address like soporte@example.com."),
    "own-sandbox": _("Buzón itself takes mail here. Give the port of the server that sends yours."),
    "literal_error": _("This is none of the choices."),
}
WRONG = (_("Something here is missing or can't be right."), _("Correct it and save again."))
TOLD = {
    "is no time zone; write one like Europe/Madrid": _(
        "There is no such time zone; write one like Europe/Madrid."
    ),
    "must be an address like soporte@example.com": FAULTS["address"],
    "the token would go there in clear; encrypt with tls or starttls": _(
        "The token would go there in clear: choose an encryption."
    ),
    "must be a time like 03:00, or off": _("This must be a time like 03:00, or off."),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a setting; `limit` goes into the words."""

    text: str
    limit: str = ""


def choices(setting: Setting) -> Sequence[str]:
    """What it can be, where that is one of a few; of times each full hour, and what it is now."""
    if setting.name != "retrain_at":
        return setting.choices
    return sorted({*HOURS, str(setting.value)})


def fault(name: str, told: tuple[str, str, object]) -> Fault:
    """From what config says of it."""
    kind, words, limit = told
    text = TOLD.get(words) or FAULTS.get(kind) or words
    return Fault(text, typed(name, limit) if isinstance(limit, int | float) else "")


def typed(name: str, value: Any) -> str:
    """A value as one types it."""
    if isinstance(value, tuple | list):
        return ", ".join(value)
    if name in SHARES:
        return f"{float(value) * 100:.10g}"
    return str(value)


def meant(name: str, text: str) -> str | None:
    """What was typed, as config reads it; None, the default, for nothing."""
    text = " ".join(text.split())
    if not text:
        return None
    if name in SHARES:
        number = text.removesuffix("%").strip().replace(",", ".")
        try:
            return repr(round(float(number) / 100, 12))
        except ValueError:
            return text
    return text


def shown(setting: Setting, typed_before: str | None) -> str:
    """What stands in the field: what was typed and refused, or the value."""
    return typed(setting.name, setting.value) if typed_before is None else typed_before

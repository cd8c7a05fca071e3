"""What was changed, as a sentence behind the name of whoever did it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from buzon.store.changes import Change, Thing
from buzon.web.dates import WEEKDAYS
from buzon.web.language import _
from buzon.web.log_values import SETTINGS, Shown, shown

THINGS: dict[Thing, str] = {
    "categories": _("categories"),
    "users": _("people"),
    "sign_in_links": _("sign-in links"),
    "sessions": _("sessions"),
    "identities": _("accounts elsewhere"),
    "tokens": _("tokens"),
    "promotions": _("models at work"),
    "settings": _("settings"),
    "inboxes": _("mailboxes"),
    "mail_grants": _("access to mail (OAuth2)"),
    "answer_templates": _("answers"),
    "quiet_times": _("quiet hours"),
    "webhooks": _("webhooks"),
    "parked": _("quarantine"),
    "erasures": _("erased persons"),
    "imports": _("imports"),
    "exports": _("exports"),
}

ADDED: dict[Thing, str] = {
    "categories": _("added the category %(which)s"),
    "users": _("let in %(which)s"),
    "sign_in_links": _("made a sign-in link for %(which)s"),
    "sessions": _("signed in %(which)s"),
    "identities": _("vouched for %(which)s for the first time"),
    "tokens": _("made the token %(which)s"),
    "promotions": _("put the model %(which)s to work"),
    "settings": _("set %(which)s"),
    "inboxes": _("added the mailbox %(which)s"),
    "mail_grants": _("authorized the account %(which)s"),
    "answer_templates": _("wrote the answer for %(which)s"),
    "quiet_times": _("made quiet: %(which)s"),
    "webhooks": _("added the webhook %(which)s"),
    "parked": _("set aside the mail %(which)s"),
    "erasures": _("erased the person %(which)s"),
    "imports": _("began to import %(which)s"),
    "exports": _("began to export %(which)s"),
}
CHANGED: dict[Thing, str] = {
    "categories": _("changed the category %(which)s"),
    "users": _("changed %(which)s"),
    "sign_in_links": _("changed the sign-in link for %(which)s"),
    "sessions": _("changed a session of %(which)s"),
    "identities": _("changed the account elsewhere of %(which)s"),
    "tokens": _("changed the token %(which)s"),
    "promotions": _("changed that %(which)s was put to work"),
    "settings": _("changed %(which)s"),
    "inboxes": _("changed the mailbox %(which)s"),
    "mail_grants": _("authorized the account %(which)s anew"),
    "answer_templates": _("changed the answer for %(which)s"),
    "quiet_times": _("changed what is quiet: %(which)s"),
    "webhooks": _("changed the webhook %(which)s"),
    "parked": _("tried the mail %(which)s in quarantine again, in vain"),
    "erasures": _("changed that the person %(which)s was erased"),
    "imports": _("changed the import of %(which)s"),
    "exports": _("changed the export of %(which)s"),
}
REMOVED: dict[Thing, str] = {
    "categories": _("deleted the category %(which)s"),
    "users": _("deleted %(which)s"),
    "sign_in_links": _("deleted the sign-in link for %(which)s"),
    "sessions": _("ended a session of %(which)s"),
    "identities": _("disconnected the account elsewhere of %(which)s"),
    "tokens": _("deleted the token %(which)s"),
    "promotions": _("deleted that %(which)s was put to work"),
    "settings": _("set %(which)s back to its default"),
    "inboxes": _("removed the mailbox %(which)s"),
    "mail_grants": _("forgot the authorization of %(which)s"),
    "answer_templates": _("deleted the answer for %(which)s"),
    "quiet_times": _("no longer quiet: %(which)s"),
    "webhooks": _("removed the webhook %(which)s"),
    "parked": _("handed in the mail %(which)s from the quarantine"),
    "erasures": _("deleted that the person %(which)s was erased"),
    "imports": _("deleted the file %(which)s that was to be imported"),
    "exports": _("deleted the export %(which)s"),
}

# A change of one of these says it all: with something in it now, and with nothing any more.
TELLING: dict[tuple[Thing, str], tuple[str, str]] = {
    ("users", "disabled_at"): (_("disabled %(which)s"), _("let %(which)s in again")),
    ("users", "password"): (_("set a password for %(which)s"), _("took %(which)s's password away")),
    ("tokens", "revoked_at"): (_("revoked the token %(which)s"), _("brought %(which)s back")),
    ("categories", "becomes"): (
        _("made %(which)s another category"),
        _("made %(which)s a category of its own again"),
    ),
    ("categories", "answered"): (
        _("switched on the answers for %(which)s"),
        _("switched off the answers for %(which)s"),
    ),
    ("webhooks", "disabled_at"): (
        _("switched off the webhook %(which)s"),
        _("switched on the webhook %(which)s"),
    ),
    ("mail_grants", "died_at"): (
        _("found the authorization of %(which)s ended"),
        _("authorized the account %(which)s anew"),
    ),
    ("imports", "stopped"): (
        _("stopped the import of %(which)s"),
        _("went on with the import of %(which)s"),
    ),
    ("exports", "stopped"): (
        _("stopped the export of %(which)s"),
        _("went on with the export of %(which)s"),
    ),
    ("exports", "downloaded"): (_("downloaded the export %(which)s"),) * 2,
    ("parked", "deleted"): (_("deleted the mail %(which)s from the quarantine"),) * 2,
    ("categories", "retired_at"): (
        _("retired the category %(which)s"),
        _("brought the category %(which)s back"),
    ),
}

FIELDS = {
    "titles": _("title"), "colour": _("colour"), "position": _("place"), "key": _("key"),
    "becomes": _("now called"), "email": _("e-mail"), "role": _("role"), "name": _("name"),
    "scopes": _("may"), "expires_at": _("until"), "why": _("why"), "value": _("value"),
    "host": _("server"), "port": _("port"), "security": _("security"), "username": _("user"),
    "password": _("password"), "secret": _("secret"), "folder": _("folder"),
    "after": _("once stored"), "language": _("language"), "version": _("version"),
    "issuer": _("account at"), "subject": _("known there as"),
    "mailbox": _("mailbox"), "reason": _("why"),
    "restores": _("brings back version"), "begins": _("from"), "ends": _("until"),
    "hours": _("hours"),
    "provider": _("provider"), "auth": _("signs in with"),
    "url": _("address"), "kinds": _("told of"), "content": _("tells"),
    "device": _("browser"),
    "mails": _("mails"), "raw_mails": _("of them as they came"), "answers": _("answers"),
}  # fmt: skip
Fields = Mapping[str, Any]
MIDNIGHT = "00:00:00"


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence without its subject, what that is about, and the fields that it tells of: name,
    before, now."""

    sentence: str
    which: str | date
    fields: list[tuple[str, Shown, Shown]]


def tell(change: Change) -> Told:
    was, becomes, which = change.was or {}, change.becomes or {}, change.which
    if change.what == "settings":
        which = SETTINGS.get(which, which)
    if change.what == "promotions":  # why, the page of the model tells in the reader's language
        becomes = {name: value for name, value in becomes.items() if name != "why"}
    if change.what == "quiet_times":
        return _tell_of_quiet(change)
    if change.was is None:
        return Told(ADDED[change.what], which, _fields(change, {}, becomes))
    if change.becomes is None:
        return Told(REMOVED[change.what], which, _fields(change, was, {}))
    for (what, field), (now, no_more) in TELLING.items():
        if what == change.what and field in becomes:
            sentence = now if becomes[field] else no_more
            return Told(sentence, which, _fields(change, {}, {"becomes": becomes.get("becomes")}))
    return Told(CHANGED[change.what], which, _fields(change, was, becomes))


def _tell_of_quiet(change: Change) -> Told:
    """Of a weekday or a single day, with its hours where both are told."""
    which = change.which
    day = WEEKDAYS[int(which)] if which.isdigit() else date.fromisoformat(which)
    verb = ADDED if change.was is None else REMOVED if change.becomes is None else CHANGED
    was, becomes = (_hours(side or {}) for side in (change.was, change.becomes))
    return Told(verb[change.what], day, _fields(change, was, becomes))


def _hours(side: Fields) -> Fields:
    begins, ends = side.get("begins"), side.get("ends")
    if begins is None or ends is None:
        return side
    whole = begins == ends == MIDNIGHT
    return {"hours": _("the whole day") if whole else f"{begins[:5]} – {ends[:5]}"}


def _fields(change: Change, was: Fields, becomes: Fields) -> list[tuple[str, Shown, Shown]]:
    present = [name for name in FIELDS if name in was or name in becomes]

    def told(side: Fields, name: str) -> Shown:
        return shown(change.what, change.which, name, side.get(name))

    rows = [(name, told(was, name), told(becomes, name)) for name in present]
    return [row for row in rows if row[1] or row[2]]

"""What webhooks are about, as the pages say it."""

from buzon.store.webhook_deliveries import Status
from buzon.store.webhooks import Content, Kind
from buzon.web.language import _

KINDS: dict[Kind, str] = {
    "event.stored": _("A mail came in"),
    "event.to_review": _("A mail waits for a person"),
    "event.corrected": _("Somebody said what a mail really is"),
    "reply.sent": _("A customer was answered"),
    "model.promoted": _("A model was put to work"),
    "alarm.raised": _("Something needs looking after"),
}
TEST = _("A test")

CONTENTS: dict[Content, tuple[str, str]] = {
    "ids": (_("Numbers and category"), _("nothing that says who wrote, or what")),
    "summary": (
        _("Sender and subject too"),
        _("enough for a line in a chat, or to find a customer"),
    ),
    "text": (_("The whole text too"), _("what customers write leaves this machine")),
}

STATUSES: dict[Status, str] = {
    "queued": _("To be delivered"),
    "delivered": _("Delivered"),
    "failed": _("Not delivered"),
}
TONES: dict[Status, tuple[str, str]] = {
    "queued": ("waiting", "clock"),
    "delivered": ("good", "check"),
    "failed": ("bad", "alert"),
}

# What is wrong with a webhook or a delivery, and what to do.
PROBLEMS = (
    _("There is no such webhook."),
    _("There is no such delivery."),
    _("They are kept for 30 days."),
    _("This webhook is switched off."),
    _("Switch it on first."),
    _("There is a webhook called %(name)s."),
    _("Choose another name."),
    _("The webhook has no name, or one that is too long."),
    _("Say who is told by it."),
    _("It would be told of nothing."),
    _("Choose what it is told of."),
    _("It would be told nothing."),
    _("Choose how much of a mail it is told."),
    _("The address holds what an address can't, or is too long."),
    _("Copy it anew."),
    _("“%(url)s” is no address."),
    _("Write it like https://…"),
    _("The address holds a user or a password."),
    _("Leave them out: the receiver knows Buzón by the signature."),
    _("Nothing is sent to %(address)s: it is no program's, or the cloud's own."),
    _("Give the address of the program itself."),
    _("no answer in time"),
    _("nothing answers at this address"),
    _("there is no server of this name"),
    _("switched off before it was delivered"),
    _("its receiver switched the webhook off (410)"),
)

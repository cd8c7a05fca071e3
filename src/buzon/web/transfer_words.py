"""What imports and exports are called on the pages."""

from buzon.store.transfers import Kind, State
from buzon.web.language import _

TITLES: dict[Kind, str] = {
    "import": _("Import of mails"),
    "mails": _("Export of all mails"),
    "corrections": _("Export of the corrections"),
}
# An icon, a tone, and words.
STATES: dict[State, tuple[str, str, str]] = {
    "uploading": ("clock", "waiting", _("Uploading, or broken off")),
    "waiting": ("clock", "waiting", _("Waits for a worker")),
    "running": ("again", "waiting", _("Under way")),
    "done": ("check", "good", _("Done")),
    "failed": ("alert", "bad", _("It failed")),
    "stopped": ("pause", "quiet", _("Stopped")),
}

NO_MAILBOX = (_("There is no such mailbox."), _("Choose one of the list."))
NO_PIECE = (_("This piece is larger than 4 MB."), _("Load the page again, and choose the file."))
# What else flow.transferring, store.transfers and cli refuse, or failed at.
PROBLEMS = (
    _("This file is empty."),
    _("Choose another one."),
    _("This file is larger than 2 GB."),
    _("Import it on the machine that Buzón runs on: buzon import"),
    _("Several files are being sent already."),
    _("Wait for them, or stop one."),
    _("This upload has ended."),
    _("Choose the file once more."),
    _("This is no mbox (its first line must begin with “From ”), no .eml and no .jsonl."),
    _("Export the mails in one of these forms."),
    _("The first line of this .jsonl is no mail."),
    _("Each must be an object with from, and subject or text."),
    _("None of the first lines of this file is a mail in JSON."),
    _("Its file is no longer kept."),
    _("It is under way."),
    _("Stop it first."),
    _("This file is no longer kept."),
    _("Export it once more."),
    _("There is no such import or export."),
    _("The process that parses mails was ended from outside."),
)

"""What imports and exports are called on the pages, and why they failed."""

from collections.abc import Callable

from markupsafe import Markup

from buzon.store.transfers import Kind, State
from buzon.web.language import _
from buzon.web.sentences import values_of

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
    _("The process that parses mails is ended whatever it parses."),
    _("Give the machine more memory. An import that is started again goes on where it was."),
    _("The database refuses: %(said)s."),
    _("Something failed that nobody had foreseen."),
    _("Try again. The service's log says what it was."),
    _("The database's disk is full."),
    _("Make room there, then try again."),
    _("The database is short of memory."),
    _("Give it more, then try again."),
    _("The database's administrator or time limit ended it."),
    _("Try again."),
    _("All files here would be larger than 5 GB together."),
    _("Delete those that nobody needs, or run this on Buzón's machine: buzon export"),
)


def told(text: str, say: Callable[[str], str]) -> Markup:
    """Why one failed, in the language of `say`: a sentence, and what to do. What is none of ours
    comes as code."""
    advice = next((each for each in PROBLEMS if text.endswith(f" {each}")), "")
    sentence = text.removesuffix(f" {advice}") if advice else text
    for pattern in PROBLEMS:
        values = values_of(pattern, sentence)
        if values is not None:
            marked = {name: _code(value) for name, value in values.items()}
            said = Markup(say(pattern)) % marked  # noqa: S704 - it comes from the catalog
            return said + (f" {say(advice)}" if advice else "")
    return _code(text)


def _code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text)

"""What the codes in the data are called on the pages, and how each looks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from buzon.config import SANDBOX
from buzon.records import NEUTRAL as NEUTRAL  # for templates
from buzon.records import Event, ReplyStatus, SentReply
from buzon.store.categories import Category, Colour
from buzon.store.outbox_list import Listed
from buzon.store.tokens import Scope
from buzon.store.users import Role
from buzon.web.language import _
from buzon.web.ports import MOST_COUNTED, Alarm
from buzon.web.post_words import FAILED as FAILED  # for templates
from buzon.web.trouble_words import TROUBLES as TROUBLES  # for templates
from buzon.web.trouble_words import measures as measures

LANGUAGE_NAMES = {
    "es": _("Spanish"), "en": _("English"), "fr": _("French"), "de": _("German"),
    "it": _("Italian"), "pt": _("Portuguese"), "ca": _("Catalan"),
}  # fmt: skip

PERIODS = {
    "today": _("today"), "7": _("last 7 days"), "30": _("last 30 days"), "90": _("last 90 days"),
}  # fmt: skip

# Under which name a change is noted that no person's name stands for.
HANDS = {
    "page": _("this page"),
    "buzon": _("Buzón (when it started)"),
    "after corrections": _("Buzón (after enough corrections)"),
    "each night": _("Buzón (at night)"),
    "webhook": _("The receiver"),
}

# What a training is at, and why a version was put to work or kept back.
STEPS = {
    "": _("beginning"),
    "reading the mails": _("reading the mails"),
    "learning": _("learning"),
    "done": _("measured"),
    "comparing it with the model at work": _("comparing it with the model at work"),
    "writing the report": _("writing the report"),
}
VERDICTS = {
    "better": _("It is better, and put to work."),
    "knows more": _("That is no clear loss, and it knows more, so it is put to work."),
    "worse": _("It is worse, and kept back."),
    "not better": _("It isn't better and knows no more, so it is kept back."),
    "worse across": _(
        "But these are few: across all labelled texts, the samples that come with Buzón too, it is"
        " worse. It is kept back."
    ),
    "forgets": _(
        "But it lacks a category in use that the one at work knows. It is kept back. Label five"
        " mails of it, or retire it."
    ),
    "too few": _("Too few to prove anything by themselves; it is kept back."),
}
NO_COMPARISON = _("There was no model before it.")

# Why a training came to nothing: flow.training, classifier.train and .material, and
# errors.TrainingEnded say so.
TRAINING_REASONS = (
    _("Nothing was labelled since: the model at work learnt from the same."),
    _("%(version)s was put to work meanwhile."),
    _("Train again."),
    _("There is no labelled mail to learn from."),
    _("Label some, or train with the starter corpus."),
    _("A model needs two categories with %(fewest)s examples each; found: %(found)s."),
    _("Label mails of more categories, or train with the starter corpus."),
    _("The %(count)s labelled mails have no word in common to learn from."),
    _("Check that their bodies aren't empty, and label more."),
    _("The training's process ended before it was done (exit code %(code)s)."),
    _("Where the system killed it (-9), memory ran out: give the machine more, train again."),
)

ROLES: dict[Role, str] = {
    "viewer": _("viewer"), "operator": _("operator"), "administrator": _("administrator"),
}  # fmt: skip
RIGHTS: dict[Role, str] = {
    "viewer": _("looks"),
    "operator": _("says too what a mail really is"),
    "administrator": _(
        "trains too, puts models to work, writes the answers, and manages people and tokens"
    ),
}
SCOPES: dict[Scope, str] = {
    "read": _("look at mails, models and figures"),
    "write": _("say what a mail really is"),
    "intake": _("hand in mails, and send and report their answers"),
    "admin": _("train models, put them to work, and set up webhooks"),
}
# What is wrong with somebody's signing in, and what to do.
PEOPLE_PROBLEMS = (
    _("The e-mail address or the password is wrong."),
    _("The present password is wrong."),
    _("Type the one that you sign in with now. Nothing was changed."),
    _("There were too many attempts."),
    _("This link no longer works."),
    _("Each works once and for a day: have a new one made."),
    _("The password is too short."),
    _("Take at least 10 characters."),
    _("The password is too long."),
    _("Take at most 200 characters."),
    _("The password is too easy to guess."),
    _("Three or four odd words do well."),
    _("This is no e-mail address."),
    _("Write it like ana@example.com."),
    _("A name is missing or too long."),
    _("It is what work is noted under."),
    _("There is somebody of this name."),
    _("Work is noted by name: add something to it."),
    _("There is somebody with this e-mail address."),
    _("Make a new link for them instead."),
    _("There is no such person."),
    _("They are disabled."),
    _("Let them in again first."),
    _("Nobody would be left to administer Buzón."),
    _("Make another one first."),
)
# What is wrong with what somebody did to mails, and what to do.
ACT_PROBLEMS = (
    _("Somebody else has said meanwhile what this mail is."),
    _("Look at it again: what you chose was not taken over."),
    _("There is nothing of this number that you did."),
    _("You have a view of this name."),
    _("Give this one another name."),
)

# Why a category can't have this name or key now, and what to do.
CATEGORY_PROBLEMS = (
    _("Another category has this key."),
    _("Choose another one, or give that one another first."),
    _("Mails still have this name and are getting another one."),
    _("Wait until that is done."),
)

# Why two versions can't be compared, and what to do.
VERSION_PROBLEMS = (
    _("Two different versions are needed."),
    _("Choose them in the list."),
    _("One of them was made by another version of Buzón and can't judge any mail now."),
    _("Compare newer ones."),
)

COLOURS: dict[Colour, str] = {
    "teal": _("teal"), "orange": _("orange"), "blue": _("blue"), "rose": _("rose"),
    "grey": _("grey"), "violet": _("violet"), "green": _("green"), "gold": _("gold"),
    "cyan": _("cyan"), "brown": _("brown"),
}  # fmt: skip

ALARMS: dict[Alarm, str] = {
    "promise": _("The promise is not kept: too much was in the wrong category."),
    "categories": _("The mix of categories is not what it was."),
    "confidence": _("How sure the model is has changed."),
    "words": _("The share of words that the model does not know has changed."),
    "access": _("An account no longer lets Buzón in, or soon won't."),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the answer: an icon's name, a tone (a colour with a meaning), words."""

    icon: str
    tone: Literal["good", "quiet", "waiting", "warning", "bad"]
    text: str


TRIED = {
    "sent": Outcome("check", "good", _("The server took it")),
    "failed": Outcome("alert", "bad", _("Refused for good")),
    "retry": Outcome("clock", "waiting", _("Not now: to be tried again")),
}
OUTCOMES: dict[ReplyStatus, Outcome] = {
    "queued": Outcome("clock", "waiting", _("Waiting to be sent")),
    "sending": Outcome("clock", "waiting", _("Being sent")),
    "sent": Outcome("reply", "good", _("Answered")),
    "failed": Outcome("alert", "bad", _("Could not be sent")),
    "held": Outcome("pause", "warning", _("Held back by the hourly limit")),
    "kept": Outcome("box", "quiet", _("Kept, not sent")),
    "handed": Outcome("clock", "waiting", _("In the external sender's hands")),
}
# Before it was noted when: nobody will report it any more.
HANDED_UNNOTED = Outcome("reply", "good", _("Handed to the external sender"))
QUIET = Outcome("clock", "waiting", _("Waits for the quiet hours to end"))
NOT_ANSWERED = Outcome("none", "quiet", _("Not answered"))


def titles(categories: Sequence[Category], language: str) -> dict[str, str]:
    """What each category is called in a language; in another one, where it has no title in it."""
    return {
        c.name: c.titles.get(language) or next(filter(None, c.titles.values()), c.name)
        for c in categories
    }


def choices(categories: Sequence[Category]) -> list[str]:
    """What a mail can be called now, in the order of the keys."""
    present = (c for c in categories if c.retired_at is None)
    return [c.name for c in sorted(present, key=lambda c: c.position)]


def options(
    values: Iterable[str], say: Callable[[str], str] | None = None
) -> list[tuple[str, str]]:
    """What can be chosen, and how it is called: by itself, or as a catalog says."""
    names = values if isinstance(values, Mapping) else {value: value for value in values}
    return [(value, say(name) if say else name) for value, name in names.items()]


def inbox(name: str, say: Callable[[str], str]) -> str:
    """What a mailbox is called: as its owner named it, but for the sandbox, which nobody did."""
    return say(_("Sandbox")) if name == SANDBOX else name


def colour(category: str) -> str:
    """The class that gives a mark the colour of a category; categories.css says which that is."""
    return f"cat-{category}"


def waiting(count: int) -> str:
    """How many mails wait, in little room; nothing where none does."""
    return (str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+") if count else ""


def model(version: str) -> str:
    """What a version of the model is called: by where it comes from."""
    return _("Built-in model") if version.startswith("starter-") else _("Your own model")


LONGEST_SUFFIX = 5


def kind(content_type: str, name: str) -> str:
    """What an attachment is, in little room: the end of its name, or of its type."""
    stem, dot, suffix = name.rpartition(".")
    if stem and dot and suffix.isalnum() and len(suffix) <= LONGEST_SUFFIX:
        return suffix.upper()
    return content_type


def outcome(event: Event) -> Outcome:
    if event.reply and is_quiet(event.reply):
        return QUIET
    return became(event.reply) if event.reply else NOT_ANSWERED


def became(reply: SentReply | Listed) -> Outcome:
    if reply.status == "handed" and reply.handed_at is None:
        return HANDED_UNNOTED
    return OUTCOMES[reply.status]


def is_quiet(reply: SentReply) -> bool:
    """Whether an answer waits for quiet hours to end."""
    until = reply.quiet_until
    return reply.status == "queued" and until is not None and until > datetime.now(UTC)

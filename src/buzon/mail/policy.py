"""Who is answered: the mail's own signs, then what was sent of late, then what the model says.

A machine is never answered (RFC 3834, section 2); a person at most once a conversation and a
bounded number of times a day, whatever the mails claim.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from buzon.mail import compose, loops
from buzon.records import NEUTRAL, NOT_ANSWERED, Decision, Message, Prediction, Sign

OLD = timedelta(hours=24)
SUREST = 0.99  # as on the pages: no model is certain
PER_HOUR = 2
PER_DAY = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decided about answering."""

    own: loops.Own
    identities: Mapping[str, compose.Identity]  # by mailbox
    default_identity: compose.Identity
    replies_per_hour: int
    sends: bool  # False until sending is configured: replies are kept and shown
    hands_out: bool = False  # an external sender takes the replies
    hand_out_for: timedelta = timedelta(minutes=10)  # it has to report within

    def identity(self, mailbox: str) -> compose.Identity:
        return self.identities.get(mailbox, self.default_identity)

    def decide(
        self,
        message: Message,
        prediction: Prediction,
        thread_id: str,
        ledger: "Ledger",
        *,
        signs: Sequence[Sign],
        sure: bool,
        switched_off: Collection[str] = (),
    ) -> Decision:
        """Whether this mail, which has these `signs` of its own, is answered, and with which
        template: its category's where the model is sure. What is most likely of a category that is
        switched off isn't answered at all. Notes the answer in the ledger, so that the next mail of
        the batch knows of it."""
        reasons = (
            *signs,
            *self._unfit(message, prediction, ledger.now),
            *_switched_off(prediction, switched_off),
            *ledger.signs(message, thread_id),
        )
        if reasons:
            return Decision(answers=False, signs=reasons)
        held = ledger.last_hour >= self.replies_per_hour
        ledger.note(message, thread_id, held=held)
        template = prediction.category if sure else NEUTRAL
        return Decision(answers=True, template=template, held=held)

    def _unfit(self, message: Message, prediction: Prediction, now: datetime) -> Iterable[Sign]:
        secret = self.identity(message.mailbox).secret
        if message.sender and not compose.recipient_of(message):
            yield Sign("no-sender", message.sender)
        if compose.is_own(message.message_id, secret):
            yield Sign("own-reply", message.message_id)
        if message.source == "import":
            yield Sign("imported", "")
        if now - message.arrived_at > OLD:
            yield Sign("old", message.arrived_at.isoformat(timespec="minutes"))
        if prediction.category == NOT_ANSWERED:
            yield Sign("otro", _certainty(prediction))
        references = (message.in_reply_to, *message.references)
        if own := next((ref for ref in references if compose.is_own(ref, secret)), None):
            yield Sign("conversation", own)


def _switched_off(prediction: Prediction, names: Collection[str]) -> Iterable[Sign]:
    if prediction.category in names:
        yield Sign("category-off", f"{prediction.category} {_certainty(prediction)}")


def _certainty(prediction: Prediction) -> str:
    return f"{min(prediction.confidence, SUREST):.0%}"


@dataclass(slots=True)
class Ledger:
    """What was answered of late, as far as it matters to one batch of mails."""

    now: datetime
    last_hour: int = 0
    hourly: Counter[str] = field(default_factory=Counter)
    daily: Counter[str] = field(default_factory=Counter)
    subjects: set[tuple[str, str]] = field(default_factory=set)
    threads: set[str] = field(default_factory=set)

    def signs(self, message: Message, thread_id: str) -> Iterable[Sign]:
        recipient = addressee(message)
        if thread_id in self.threads:
            yield Sign("conversation", thread_id[:120])
        if self.hourly[recipient] >= PER_HOUR:
            yield Sign("sender-hour", f"{self.hourly[recipient]}")
        if self.daily[recipient] >= PER_DAY:
            yield Sign("sender-day", f"{self.daily[recipient]}")
        if self.subjects and (recipient, subject_key(message.subject)) in self.subjects:
            yield Sign("same-subject", message.subject[:120])

    def note(self, message: Message, thread_id: str, *, held: bool) -> None:
        recipient = addressee(message)
        self.last_hour += not held
        self.hourly[recipient] += 1
        self.daily[recipient] += 1
        self.subjects.add((recipient, subject_key(message.subject)))
        self.threads.add(thread_id)


def addressee(message: Message) -> str:
    """Whom an answer would reach; upper and lower case are one address to the caps."""
    return compose.recipient_of(message).lower()


@lru_cache(maxsize=1024)  # asked three times of a mail, in a batch of 500
def subject_key(subject: str) -> str:
    """A subject without "Re:", case, accents and spaces, at most 200 characters."""
    text = unicodedata.normalize("NFKD", compose.bare_subject(subject)).casefold()
    if not text.isascii():
        text = "".join(c for c in text if not unicodedata.combining(c))
    return "".join(text.split())[:200]

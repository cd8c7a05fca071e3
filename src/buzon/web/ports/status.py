"""How the service is, for the strip above the mails."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class MailboxState:
    """How the reading of a mailbox is going; when it fails, `detail` is the server's word and
    `step` (of web.post_words) what it was about."""

    name: str
    state: Literal["starting", "reading", "waiting", "elsewhere", "failing"]
    detail: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """Where answers go; `detail` is the SMTP host. Failing: one that is due has waited for long.
    Paused: answers are switched off, whatever else is set."""

    kind: Literal["off", "smtp", "external", "failing", "paused"]
    detail: str = ""


# What the page of the model tells more of: the promise is not kept, or what has drifted; and what
# that of the mailboxes does: accounts that no longer let us in, or soon won't.
Alarm = Literal["promise", "categories", "confidence", "words", "access"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What needs looking after: which kind, about which mailbox, how much (seconds, answers, or a
    share), in whose words."""

    kind: str
    about: str
    figure: float
    detail: str


MOST_COUNTED = 1000  # mails that wait: more are shown as "999+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the service is, for the strip above the mails."""

    mailboxes: tuple[MailboxState, ...] = ()
    sandbox: str = ""  # host:port where the sandbox takes mail, "" where there is none
    sending: Sending
    model: str = ""  # version at work, "" while there is none
    held: int = 0  # answers that the hourly limit holds back
    parked: int = 0  # mails set aside because the database refuses them
    to_review: int = 0  # mails that wait for a person, at most MOST_COUNTED
    alarms: tuple[Alarm, ...] = ()
    troubles: tuple[Trouble, ...] = ()  # but for those that the fields above tell

"""Every way to fail, one tree. A message says what happened, with the value, and what to do.

BuzonError
├── SettingsError            a setting is wrong or missing
├── DatabaseError
│   ├── DatabaseUnreachable  nobody answers there, or not as that user
│   ├── SchemaOutdated       the tables are older (or newer) than this program
│   └── EmbeddedFailed       the PostgreSQL in the box does not start
├── MailboxError             reading a mailbox; `permanent` says whether trying again can help
├── AccessError              no access token can be had for an account at a mail provider
├── SendError                handing a mail to the SMTP server; the same
├── ModelError               the model at work is missing, altered or cannot be trained
│   └── TrainingRefused      from what there is nothing can be learnt; in words to be translated
│       └── TrainingEnded    its process was ended from outside
├── ParsingEnded             no process that parses mails stays: memory is short
├── BackupError              a backup can't be written, read, or restored where it should be
├── AddressInUse             another program has the port
└── RequestError             what somebody asked for cannot be done; becomes a problem document
    └── Unauthorized ── NotLetIn
        Forbidden · ChangedMeanwhile · TooLarge · WrongType · TooManyAttempts
        NotFound ── NoSuchMail
        ProviderFailed
        Conflict ── NotHandedOut · TrainingUnderWay
        Invalid ── UnknownCategory · KeyReused · TextRefused · WrongSettings
"""

import re
from collections.abc import Mapping


def gist(words: object) -> str:
    """What somebody is told once: its numbers, of a process or a file, differ each time."""
    return re.sub(r"\d+", "#", str(words))


class BuzonError(Exception):
    """Something failed in a way we foresaw: `what` happened and what to `do` about it."""

    exit_code = 1

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(f"{what} {do}".strip())
        self.what = what
        self.do = do


class SettingsError(BuzonError):
    """A setting is wrong or missing. Trying again without changing it can't help."""

    exit_code = 2


class DatabaseError(BuzonError):
    """The database can't do what we need."""

    exit_code = 3


class DatabaseUnreachable(DatabaseError):
    """Nobody answers at the database's address, or not as that user. May pass by itself."""


class SchemaOutdated(DatabaseError):
    """The tables are not those this program was written for. `buzon migrate` helps."""


class EmbeddedFailed(DatabaseError):
    """The embedded PostgreSQL does not start; its own log says why."""


class TransportError(BuzonError):
    """A mail server refused. `permanent` tells whether trying the same again can help, `step` at
    which one of mail.trial it was, `said` what the server or the system said, as it came."""

    def __init__(
        self, what: str, do: str = "", *, permanent: bool = False, step: str = "", said: str = ""
    ) -> None:
        super().__init__(what, do)
        self.permanent = permanent
        self.step = step
        self.said = said


class MailboxError(TransportError):
    """A mailbox can't be read."""

    exit_code = 4


class SendError(TransportError):
    """A mail can't be handed to the SMTP server."""

    exit_code = 5


class AccessError(TransportError):
    """No access token can be had for an account. `dead`: nor ever again, before somebody lets us in
    anew."""

    exit_code = 4

    def __init__(self, what: str, do: str = "", *, dead: bool = False, said: str = "") -> None:
        super().__init__(what, do, step="sign-in", said=said)
        self.dead = dead


class ModelError(BuzonError):
    """The model at work is missing, altered, or can't be trained."""

    exit_code = 6


class TrainingRefused(ModelError):
    """There is nothing to learn from. `pattern` and `remedy` say so with a place for each of the
    `values`, so that they can be said in another language."""

    def __init__(self, pattern: str, remedy: str, **values: object) -> None:
        super().__init__(pattern % values, remedy % values)
        self.pattern, self.remedy, self.values = pattern, remedy, values


class TrainingEnded(TrainingRefused):
    """A training's process, or the fork that does half of its work, was ended from outside."""

    def __init__(self, code: int | None) -> None:
        super().__init__(
            "The training's process ended before it was done (exit code %(code)s).",
            "Where the system killed it (-9), memory ran out: give the machine more, train again.",
            code=code,
        )


class ParsingEnded(BuzonError):
    """The process that parses mails is ended whatever it parses. May pass by itself."""


class BackupError(BuzonError):
    """A backup can't be written, can't be read, or can't be restored here."""

    exit_code = 8


class AddressInUse(BuzonError):
    """Another program listens on the port we want."""

    exit_code = 7


class RequestError(BuzonError):
    """What somebody asked for can't be done. At the edge it becomes a problem document."""

    status = 400
    code = "bad-request"


class Told(RequestError):
    """An error with values. `pattern` and `remedy` have a place for each of them, so that it can be
    told in another language."""

    def __init__(self, pattern: str, remedy: str = "", **values: object) -> None:
        super().__init__(pattern % values, remedy % values)
        self.pattern, self.remedy, self.values = pattern, remedy, values


class Unauthorized(RequestError):
    """No token, or one that we don't know; a wrong password."""

    status = 401
    code = "unauthorized"


class NotLetIn(Told, Unauthorized):
    """Whoever comes with an account elsewhere may not come in, or can't prove that it is theirs."""


class ProviderFailed(Told):
    """The OpenID provider does not answer, or not as it should."""

    status = 502
    code = "provider-failed"


class Forbidden(RequestError):
    """We know who asks, and that they may not."""

    status = 403
    code = "forbidden"


class NotFound(RequestError):
    """There is nothing with that number or name."""

    status = 404
    code = "not-found"


class NoSuchMail(NotFound):
    """There is no mail with that number, or it was erased."""


class Conflict(RequestError):
    """What was asked for is being done already, or somebody else was quicker."""

    status = 409
    code = "conflict"


class NotHandedOut(Conflict):
    """A report of a reply that is in no external sender's hands, and never was."""

    code = "not-handed-out"


class TrainingUnderWay(Conflict):
    """A model is being trained, or waits to be; there is one training at a time."""

    code = "training-under-way"

    def __init__(self, what: str, do: str, job_id: int) -> None:
        super().__init__(what, do)
        self.job_id = job_id


class ChangedMeanwhile(RequestError):
    """It is no longer what it was when it was looked at, as If-Match says."""

    status = 412
    code = "changed-meanwhile"


class TooLarge(RequestError):
    """The mail is larger than the limit."""

    status = 413
    code = "too-large"


class WrongType(RequestError):
    """The body is not of the kind that the call takes, as its Content-Type says."""

    status = 415
    code = "unsupported-media-type"


class Invalid(RequestError):
    """The request has the right form, but its content makes no sense."""

    status = 422
    code = "invalid"


class UnknownCategory(Invalid):
    """There is no category of that name, or no longer."""

    code = "unknown-category"


class KeyReused(Invalid):
    """The Idempotency-Key came before, with another mail."""

    code = "key-reused"


class TextRefused(Told, Invalid):
    """A text that somebody wrote can't be used."""


class WrongSettings(Invalid):
    """Settings make no sense. `faults`: by name of the setting, what kind of fault it is, as
    pydantic calls it, the words for it, and the limit that was passed."""

    def __init__(self, faults: Mapping[str, tuple[str, str, object]]) -> None:
        super().__init__(
            "Something here is missing or can't be right.", "Correct it and save again."
        )
        self.faults = faults


class TooManyAttempts(RequestError):
    """Somebody tries passwords, or sends himself tests. `wait`: the seconds until the next may be
    tried."""

    status = 429
    code = "too-many-attempts"

    def __init__(self, what: str, wait: int) -> None:
        super().__init__(what)
        self.wait = wait

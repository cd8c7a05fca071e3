"""A flow over a test's database, with a classifier that says what the subject says.

The classifier is the one part that stands in for the real one here: tests of what happens to a
mail need it to be sure of itself. The real one has its own tests, and the acceptance tests use it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from buzon.flow import AtWork, Flow, Lottery
from buzon.mail.compose import Identity
from buzon.mail.loops import Own
from buzon.mail.policy import Policy
from buzon.records import CATEGORIES, Prediction, RawMail
from buzon.store.db import Database
from buzon.store.queue import Queue

OWN = "soporte@example.com"
QUIET = Lottery(b"quiet 4411")  # under this seed none of the first 175 events is audited


class StubClassifier:
    """Sure that a mail is what its subject names, "consulta" where it names nothing; unsure
    where the subject says so."""

    version = "stub-1"
    unconfirmed: frozenset[str] = frozenset()

    def classify(self, texts: Sequence[tuple[str, str]]) -> list[Prediction]:
        return [self._one(subject.lower()) for subject, _ in texts]

    def _one(self, subject: str) -> Prediction:
        category = next((name for name in CATEGORIES if name in subject), "consulta")
        confidence = 0.4 if "dudoso" in subject else 0.96
        rest = (1 - confidence) / (len(CATEGORIES) - 1)
        probabilities = {name: confidence if name == category else rest for name in CATEGORIES}
        return Prediction(category, confidence, probabilities, self.version)


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def make_policy(**changes: object) -> Policy:
    policy = Policy(
        own=Own(frozenset({OWN}), frozenset({"example.com"}), frozenset()),
        identities={},
        default_identity=Identity(company="Prueba", address=OWN, secret=b"s" * 32),
        replies_per_hour=1000,
        sends=True,
    )
    return replace(policy, **changes)  # type: ignore[arg-type]


async def make_flow(db: Database, classifier: StubClassifier, **policy: object) -> Flow:
    queue = Queue(db)
    await queue.open()
    return Flow(db, queue, AtWork(classifier, 0.75), make_policy(**policy), QUIET)


def raw_mail(
    *,
    sender: str = "Ana López <ana@example.org>",
    subject: str = "Consulta",
    body: str = "Hola, ¿a qué hora abren?",
    message_id: str | None = "<uno@example.org>",
    mailbox: str = OWN,
    source: str = "imap",
    arrived_at: datetime | None = None,
    headers: str = "",
) -> RawMail:
    lines = [f"From: {sender}", f"To: {OWN}", f"Subject: {subject}"]
    if message_id:
        lines.append(f"Message-ID: {message_id}")
    lines += ["Content-Type: text/plain; charset=utf-8", *headers.splitlines()]
    content = ("\r\n".join(lines) + "\r\n\r\n" + body + "\r\n").encode()
    when = arrived_at or datetime.now(UTC)
    return RawMail(mailbox, content, when, source, len(content))  # type: ignore[arg-type]

"""Sixty days of a company's mail, so that the pictures show an installation at work.

The mails are those of the starter corpus, sorted as the starter model sorted each before it had
learnt from it, and lately the samples that `buzon simulate` plays. They pass through the flow as
any mail does; only when it was is told by SQL afterwards.
"""

import itertools
import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Self
from unittest.mock import patch
from zoneinfo import ZoneInfo

from buzon.classifier.corpus import Sample, starter
from buzon.cli import simulate
from buzon.cli.parts import Service
from buzon.flow import Flow, ask_for_training, handle_mails, label, past, promote
from buzon.records import CATEGORIES, Prediction, RawMail
from buzon.store import events, models
from buzon.store.db import Connection
from peers.history import rewriting

DAYS = 60
TRAININGS = (25, 1)  # so many days ago it learnt
LATELY = 60  # of the samples: the newest mails
MADRID = ZoneInfo("Europe/Madrid")
PEOPLE = ("Ana Ruiz", "Luis Peña", "Marta Gil")
MAILBOXES = {"soporte": 4, "ventas": 1}  # how often a mail goes to each
LANGUAGES = {"es": 0.78, "en": 0.1, "fr": 0.05, "ca": 0.04, "pt": 0.03}
HOURS = dict(zip(range(7, 23), (2, 5, 9, 12, 13, 10, 8, 5, 6, 9, 10, 7, 5, 3, 2, 1), strict=True))
FIRST = ("Lucía", "Javier", "Carmen", "Pablo", "Elena", "Diego", "Rosa", "Hugo", "Núria", "Álvaro")
LAST = ("García", "Soler", "Navarro", "Ibáñez", "Prieto", "Vidal", "Campos", "Roldán", "Montes")
CHANCE = random.Random(4411)  # noqa: S311 - the same history each time


@dataclass(frozen=True, slots=True)
class Written:
    """A mail, and what it really is, where that is known."""

    raw: RawMail
    truth: str = ""


class Recalled:
    """The starter model, which says of a text that it has learnt from what it said before."""

    def __init__(self, model: object, said: dict[str, tuple[str, str]]) -> None:
        self.model, self.said = model, said
        self.version = model.version  # type: ignore[attr-defined]

    def classify(self, texts: Sequence[tuple[str, str]]) -> list[Prediction]:
        found = self.model.classify(texts)  # type: ignore[attr-defined]
        return [self._before(text[0], now) for text, now in zip(texts, found, strict=True)]

    def _before(self, subject: str, now: Prediction) -> Prediction:
        if subject not in self.said:
            return replace(now, model_version=self.version)
        said, truth = self.said[subject]
        chance = random.Random(subject).random()  # noqa: S311
        sure = 1 - 0.5 * chance**5 if said == truth else 0.38 + 0.5 * chance
        rest = (1 - sure) / (len(CATEGORIES) - 1)
        shares = {name: sure if name == said else rest for name in CATEGORIES}
        return Prediction(said, sure, shares, self.version, now.words, now.unknown_words)


async def fill(service: Service) -> None:
    """All of it, up to now; on the way it learns twice."""
    flow = service.flow
    async with flow.db.transaction() as db:
        said = await models.unseen(db, flow.at_work.version)
        await _learnt_earlier(db, timedelta(days=DAYS))
    texts = [s for s in _texts() if s.key in said]
    known = {s.subject: (said[s.key], s.label) for s in texts}
    recalled = Recalled(flow.at_work.rules.classifier, known)
    flow.at_work.change(classifier=recalled)
    for day, mails in itertools.groupby(_mails(texts), lambda one: one.raw.arrived_at.date()):
        ago = datetime.now(UTC).date() - day
        if ago.days in TRAININGS:
            recalled.version = await _train(service, ago)
        await _one_day(flow, list(mails))
    async with flow.db.transaction() as db:
        await _be_done(db)
        await db.execute("SELECT recount()")
    await service.keeper().renew()


async def _train(service: Service, ago: timedelta) -> str:
    """Have it learn from what people said, so long ago; which version is at work then."""
    flow = service.flow
    await ask_for_training(flow.db, flow.queue, PEOPLE[0])
    await service.trainer().run()
    async with flow.db.transaction() as db:
        newest = (await models.listed(db))[0].version
        at_work = await models.at_work(db)
        if at_work is None or at_work.version != newest:  # kept back; she thinks otherwise
            await promote(db, flow.queue, newest, by=PEOPLE[0], why=f"{PEOPLE[0]} chose it.")
        await db.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
        await _learnt_earlier(db, ago)
    return newest


async def _learnt_earlier(db: Connection, ago: timedelta) -> None:
    """What it learnt within this hour, it learnt so long ago."""
    for table, column in (
        ("models", "created_at"),
        ("promotions", "at"),
        ("trainings", "asked_at"),
        ("trainings", "started_at"),
        ("trainings", "finished_at"),
    ):
        await db.execute(
            f"UPDATE {table} SET {column} = {column} - %s"  # noqa: S608
            f" WHERE {column} > now() - interval '1 hour'",
            [ago],
        )


def _texts() -> list[Sample]:
    """Texts in the languages of the company's customers, no subject twice."""
    found: dict[str, Sample] = {}
    for sample in starter():
        if sample.subject and len(sample.body) > 40:
            found.setdefault(sample.subject, sample)
    texts = list(found.values())
    CHANCE.shuffle(texts)
    return texts


def _mails(texts: Sequence[Sample]) -> Iterator[Written]:
    """The oldest first: so many each day, fewer on Saturdays and Sundays."""
    decks = defaultdict(list)
    for text in texts:
        decks[text.lang].append(text)
    now = datetime.now(UTC)
    for ago in range(DAYS, 0, -1):
        day = (now - timedelta(days=ago)).astimezone(MADRID).date()
        many = round((7 if day.weekday() > 4 else 24 + (DAYS - ago) / 8) * CHANCE.uniform(0.8, 1.2))
        for at in sorted(_moment(day) for _ in range(many)):
            (language,) = CHANCE.choices(list(LANGUAGES), list(LANGUAGES.values()))
            text = decks[language].pop()
            if at < now - timedelta(hours=20):
                yield Written(_raw(text.subject, text.body, at), text.label)
    samples = simulate.samples()
    CHANCE.shuffle(samples)
    for n, sample in enumerate(samples[:LATELY]):
        at = now - timedelta(hours=20) * (1 - (n + 1) / (LATELY + 1)) ** 1.5
        yield Written(_raw(sample.subject, sample.body, at, sample.from_name, sample.headers))


def _moment(day: date) -> datetime:
    (hour,) = CHANCE.choices(list(HOURS), list(HOURS.values()))
    at = datetime(day.year, day.month, day.day, hour, tzinfo=MADRID)
    return (at + timedelta(seconds=CHANCE.randrange(3600))).astimezone(UTC)


def _raw(subject: str, body: str, at: datetime, name: str = "", headers: object = None) -> RawMail:
    name = name or f"{CHANCE.choice(FIRST)} {CHANCE.choice(LAST)}"
    number = CHANCE.randrange(10**6)
    mail = EmailMessage()
    user = f"cliente{number}" if number % 9 else f"compras{number % 7}"
    mail["From"] = Address(name, user, "example.org")
    mail["To"] = "soporte@example.com"
    mail["Date"] = at
    mail["Message-ID"] = f"<{number}.{int(at.timestamp())}@example.org>"
    mail["Subject"] = " ".join(subject.split())
    for key, value in dict(headers or {}).items():  # type: ignore[call-overload]
        mail[key] = value
    mail.set_content(body)
    (mailbox,) = CHANCE.choices(list(MAILBOXES), list(MAILBOXES.values()))
    content = mail.as_bytes()
    return RawMail(mailbox, content, at, "imap", len(content))


async def _one_day(flow: Flow, mails: Sequence[Written]) -> None:
    """They come in and are answered, and people look at some of them."""
    with patch.object(past, "datetime", _clock_at(mails[-1].raw.arrived_at)):
        handled = await handle_mails(flow, [each.raw for each in mails])
    truth = {h.event_id: m.truth for h, m in zip(handled, mails, strict=True) if h.event_id}
    async with flow.db.transaction() as db:
        await at_their_time(db, list(truth))
        found = [e for id in truth if (e := await events.get(db, id))]
    old = [e for e in found if e.received_at < datetime.now(UTC) - timedelta(hours=30)]
    said = defaultdict(list)
    for event in old:
        right = truth[event.id] or event.category
        seen = event.needs_review and CHANCE.random() < 0.95
        if seen or (right != event.category and CHANCE.random() < 0.3):
            said[right, CHANCE.choice(PEOPLE)].append(event.id)
    for (category, who), ids in said.items():
        await label(flow.db, ids, category, who)
    async with flow.db.transaction() as db, rewriting(db):
        await _labelled_soon(db, [id for ids in said.values() for id in ids])


def _clock_at(at: datetime) -> type[datetime]:
    """By which a mail of that time is not too old to be answered."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Self:
            return cls.fromtimestamp(at.timestamp(), UTC)

    return Clock


async def at_their_time(db: Connection, ids: list[int]) -> None:
    """Answered within seconds, some within minutes."""
    await db.execute(
        "UPDATE events SET stored_at = received_at, scored_at = received_at WHERE id = ANY(%s)",
        [ids],
    )
    await db.execute(
        "UPDATE audits a SET drawn_at = received_at FROM events e"
        " WHERE e.id = a.event_id AND e.id = ANY(%s)",
        [ids],
    )
    took = [3 + math.exp(CHANCE.gauss(2, 1.4)) for _ in ids]
    await db.execute(
        """
        UPDATE outbox o SET status = 'sent', attempts = 1, created_at = at, due_at = at,
                            released_at = at, sent_at = at + took * interval '1 s'
        FROM (SELECT id AS number, received_at AS at, took
              FROM unnest(%s::bigint[], %s::float[]) AS told (number, took)
              JOIN events ON id = number) AS mail
        WHERE event_id = number
        """,
        [ids, took],
    )
    await db.execute(
        """
        INSERT INTO delivery_attempts (reply_id, number, at, status, detail)
        SELECT o.id, 1, o.sent_at, 'sent', '250 2.0.0 queued'
        FROM outbox o WHERE o.event_id = ANY(%s)
        """,
        [ids],
    )


async def _labelled_soon(db: Connection, ids: list[int]) -> None:
    soon = "received_at + (20 + mod(e.id * 37, 300)) * interval '1 min'"
    await db.execute(f"UPDATE events e SET labelled_at = {soon} WHERE id = ANY(%s)", [ids])  # noqa: S608
    await db.execute(
        f"UPDATE corrections c SET at = {soon} FROM events e"  # noqa: S608
        " WHERE e.id = c.event_id AND e.id = ANY(%s)",
        [ids],
    )


async def _be_done(db: Connection) -> None:
    """With all but the last days' mails, and some of those."""
    await db.execute(
        """
        UPDATE events SET done_at = received_at + interval '3 hours',
                          done_by = (%s::text[])[1 + mod(id, 3)]
        WHERE received_at < now() - interval '2 days'
           OR NOT needs_review AND answered AND mod(id, 3) = 0
              AND received_at < now() - interval '4 hours'
        """,
        [list(PEOPLE)],
    )

"""Answers that could be answered in turn, for ever: each of these ends after a few mails."""

from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from buzon.flow import Flow, handle_mails
from buzon.mail.compose import Identity
from buzon.mail.loops import Own
from buzon.mail.wire import to_bytes
from buzon.records import RawMail
from buzon.store import outbox
from buzon.store.db import Database
from peers.flows import OWN, StubClassifier, make_flow, raw_mail

THEIRS = "ayuda@example.net"
ROUNDS = 30
CAP = 20


async def sent_by(flow: Flow) -> list[bytes]:
    """What goes out, as a mail server gets it."""
    async with flow.db.transaction() as db:
        claimed = await outbox.claim(db, 1, 1000)
        sent = [to_bytes(queued.reply, datetime.now(UTC)) for queued in claimed]
        await db.execute(
            "UPDATE outbox SET status = 'sent', sent_at = now() WHERE status = 'sending'"
        )
    return sent


async def answers_to(flow: Flow, *contents: bytes, mailbox: str = OWN) -> list[bytes]:
    now = datetime.now(UTC)
    raws = [RawMail(mailbox, content, now, "imap", len(content)) for content in contents]
    await handle_mails(flow, raws)
    return await sent_by(flow)


def stripped(mail: bytes, *names: str) -> bytes:
    """As a gateway hands a mail on that takes headers away."""
    found = message_from_bytes(mail)
    for name in names:
        del found[name]
    return found.as_bytes()


@pytest.fixture
async def other(db: Database, classifier: StubClassifier) -> Flow:
    """A second Buzón, of another company; its secret is another."""
    return await make_flow(
        db,
        classifier,
        own=Own(frozenset({THEIRS}), frozenset({"example.net"}), frozenset()),
        default_identity=Identity(company="Otra", address=THEIRS, secret=b"o" * 32),
    )


@pytest.mark.parametrize(
    "gone",
    [
        (),
        ("Auto-Submitted", "X-Auto-Response-Suppress"),
        ("Auto-Submitted", "X-Auto-Response-Suppress", "In-Reply-To", "References"),
    ],
    ids=["as they are", "marks lost", "marks and thread lost"],
)
async def test_two_buzones_do_not_answer_each_other_for_ever(
    flow: Flow, other: Flow, gone: tuple[str, ...]
) -> None:
    ours = [raw_mail(sender=THEIRS, subject="Consulta de uno de ellos").content]
    mails = 0
    for _ in range(ROUNDS):
        theirs = [stripped(mail, *gone) for mail in await answers_to(flow, *ours)]
        ours = [stripped(mail, *gone) for mail in await answers_to(other, *theirs, mailbox=THEIRS)]
        mails += len(theirs) + len(ours)
    assert mails <= (1 if not gone else 2)


@pytest.mark.parametrize(
    "marks",
    ["List-Id: <vecinos.example.org>", "Precedence: list", "Sender: vecinos-bounces@example.org"],
)
async def test_a_mailing_list_that_sends_our_answer_to_us_again_gets_one_at_most(
    flow: Flow, marks: str
) -> None:
    mails = [raw_mail(sender="Eva <eva@example.org>", headers=marks).content]
    assert await answers_to(flow, *mails) == []


async def test_a_list_without_any_mark_is_answered_once(flow: Flow) -> None:
    """It hands on what it gets, our answer too, under its own address."""
    back = [raw_mail(sender="vecinos@example.org", subject="Consulta").content]
    sent = 0
    for _ in range(ROUNDS):
        answers = await answers_to(flow, *back)
        sent += len(answers)
        back = []
        for answer in answers:
            mail = message_from_bytes(stripped(answer, "From", "Auto-Submitted", "References"))
            mail["From"] = "vecinos@example.org"
            back.append(mail.as_bytes())
    assert sent == 1


async def test_a_machine_that_varies_address_and_subject_but_names_our_answer_gets_no_second(
    flow: Flow,
) -> None:
    first = await answers_to(flow, raw_mail(sender="bot0@example.org").content)
    assert len(first) == 1
    id = message_from_bytes(first[0])["Message-ID"]
    for number in range(1, ROUNDS):
        back = raw_mail(
            sender=f"bot{number}@example{number}.org",
            subject=f"Su caso {number * 7919} avanza",
            message_id=f"<{number}@example.org>",
            headers=f"In-Reply-To: {id}",
        )
        assert await answers_to(flow, back.content) == []


async def test_a_machine_that_varies_everything_and_names_nothing_gets_no_more_than_the_cap(
    db: Database, classifier: StubClassifier
) -> None:
    flow = await make_flow(db, classifier, replies_per_hour=CAP)
    sent = 0
    for number in range(2 * CAP):
        mail = raw_mail(
            sender=f"bot{number}@example{number}.org",
            subject=f"Su caso {number * 7919} avanza",
            message_id=f"<{number}@example.org>",
        )
        sent += len(await answers_to(flow, mail.content))
    assert sent == CAP


async def test_a_machine_that_varies_its_subject_alone_gets_two_answers_an_hour(flow: Flow) -> None:
    sent = 0
    for number in range(ROUNDS):
        mail = raw_mail(subject=f"Caso {number * 7919}", message_id=f"<{number}@example.org>")
        sent += len(await answers_to(flow, mail.content))
    assert sent == 2

"""People's own answers: tried on real mails, kept in versions, brought back, sent to oneself."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from buzon.errors import Invalid, NotFound, SendError, TextRefused, TooManyAttempts
from buzon.flow.intake import Flow
from buzon.mail.compose import compose, recipient_of
from buzon.mail.policy import Policy
from buzon.mail.smtp import Outgoing
from buzon.mail.templates import LANGUAGES, Templates, refuse_unfit, tidy
from buzon.records import (
    NEUTRAL,
    NOT_ANSWERED,
    Decision,
    Event,
    Message,
    Reply,
    Template,
)
from buzon.store import answer_templates, categories, events, test_mails
from buzon.store.db import Connection, Database
from buzon.store.users import User

SAMPLE = 20  # mails on which an answer must work before it is kept
TESTS_AN_HOUR = 10

# What answers are tried on where there is no mail yet; without name and subject too.
EXAMPLE = Message(
    mailbox="",
    source="smtp",
    message_id="",
    digest="",
    sender="ana.garcia@example.com",
    sender_name="Ana García",
    subject="Pedido 5521",
    arrived_at=datetime(2026, 1, 15, 9, 30, tzinfo=UTC),
)
BARE = replace(EXAMPLE, sender_name="", subject="")


def preview(policy: Policy, template: Template, event: Event | None) -> Reply:
    """What this template would answer to a mail, as `compose` does it; to an example without one.
    Nothing is kept. Raises TextRefused."""
    template = _fit(template)
    return _compose(policy, template, _message(event), event.id if event else 1)


def _fit(template: Template) -> Template:
    """The template as it would be kept. Raises TextRefused."""
    template = replace(template, subject=tidy(template.subject), text=tidy(template.text))
    refuse_unfit(template)
    return template


def _message(event: Event | None) -> Message:
    """A mail as far as an answer to it depends on it."""
    if event is None:
        return EXAMPLE
    message = replace(
        EXAMPLE,
        mailbox=event.mailbox,
        sender=event.reply.recipient if event.reply else event.sender,
        sender_name=event.sender_name,
        subject=event.subject,
        arrived_at=event.received_at,
    )
    return message if recipient_of(message) else replace(message, sender=EXAMPLE.sender)


def _compose(policy: Policy, template: Template, message: Message, event_id: int) -> Reply:
    return compose(
        replace(message, language=template.language),
        Decision(answers=True, template=template.category),
        event_id=event_id,
        thread_id="",
        identity=policy.identity(message.mailbox),
        templates=Templates({(template.category, template.language): template}),
    )


async def save(flow: Flow, template: Template, after: int, who: str) -> int:
    """Put a template to work as the version that follows `after`, unless it is the same; its
    number. Raises TextRefused, NotFound, and Conflict where somebody else was quicker."""
    template = _fit(template)
    async with flow.db.transaction(by=who) as db:
        await refuse_unknown(db, template.category, template.language)
        mails = [_message(event) for event in await events.newest(db, SAMPLE)]
        _refuse_empty(_compose(flow.policy, template, mail, 1) for mail in (EXAMPLE, BARE, *mails))
        past = await answer_templates.history(db, template.category, template.language)
        if past and (past[0].subject, past[0].text) == (template.subject, template.text):
            return past[0].version
        return await answer_templates.add(db, template, after, who)


def _refuse_empty(replies: Iterable[Reply]) -> None:
    if not all(reply.text.strip() for reply in replies):
        raise TextRefused(
            "For some mails the text would be empty.", "Write something outside of the conditions."
        )


async def bring_back(
    db: Database, category: str, language: str, version: int, after: int, who: str
) -> None:
    """Put an older version to work anew, or with 0 what comes with Buzón. Raises NotFound, and
    Conflict where somebody else was quicker."""
    async with db.transaction(by=who) as connection:
        await refuse_unknown(connection, category, language)
        await answer_templates.bring_back(connection, category, language, version, after, who)


async def refuse_unknown(db: Connection, category: str, language: str) -> None:
    """Raises NotFound where there can be no answer of that kind."""
    known = {c.name for c in await categories.listed(db) if c.retired_at is None} - {NOT_ANSWERED}
    if category not in known | {NEUTRAL} or language not in LANGUAGES:
        raise NotFound("There is no such answer.")


async def send_test(
    flow: Flow, sender: Outgoing, template: Template, event: Event | None, user: User
) -> None:
    """Send somebody the answer to a mail, marked as a test, and nobody else. Raises TextRefused,
    Invalid for an address that can't be written to, TooManyAttempts, SendError."""
    reply = reply_to_oneself(flow.policy, template, event, user.email)
    async with flow.db.transaction() as db:
        wait = await test_mails.count(db, user.id, TESTS_AN_HOUR)
    if wait:
        raise TooManyAttempts("Ten tests were sent within an hour.", wait)
    outcome = await sender.send_one(reply)
    if outcome.status != "sent":
        raise SendError(outcome.detail)


def reply_to_oneself(
    policy: Policy, template: Template, event: Event | None, address: str
) -> Reply:
    """The answer to a mail as if it had come from `address`: what is answered is in no thread, and
    has a Message-ID of its own, by which a reply to it is known to be none to a customer's."""
    template = _fit(template)
    message = replace(_message(event), sender=address, digest=secrets.token_hex(16))
    if not recipient_of(message):
        raise Invalid(
            "Your e-mail address can't be written to.", "An administrator can add you anew."
        )
    reply = _compose(policy, template, message, event.id if event else 1)
    return replace(reply, subject=f"[{LANGUAGES[template.language].test}] {reply.subject}")

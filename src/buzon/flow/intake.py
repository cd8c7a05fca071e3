"""A mail comes in: kept, judged, its answer queued.

RawMail → parse → Message → classify → Prediction → decide → Decision → compose → Reply
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from buzon.flow.at_work import AtWork, Rules
from buzon.flow.known import Fresh, Handled, Judged, Refused, Verdict, sort_out
from buzon.flow.lottery import Lottery
from buzon.flow.past import ledger_of, threads_of
from buzon.mail.compose import compose
from buzon.mail.policy import Ledger, Policy, subject_key
from buzon.mail.templates import Templates
from buzon.mail.understand import UnderstandAll, Understood, understand_in_thread
from buzon.records import Message, Prediction, RawMail, ReplyStatus
from buzon.store import audits, events, intake, notify, outbox, parked
from buzon.store.audits import Drawn
from buzon.store.db import Connection, ContentRefused, Database
from buzon.store.events import NewEvent
from buzon.store.queue import DELIVER, Queue

log = structlog.get_logger()

# What else must become true with the mails, such as the cursor's new place, or nothing of it.
AlsoStore = Callable[[Connection, Sequence[Handled]], Awaitable[None]]

# Raises where whoever stores may store no more; asked at the end of every transaction.
Permit = Callable[[Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Flow:
    """The parts that a mail passes through."""

    db: Database
    queue: Queue
    at_work: AtWork
    policy: Policy
    lottery: Lottery
    understand_all: UnderstandAll = understand_in_thread

    def quiet_until(self) -> datetime | None:
        """When the quiet hours end; None where there are none now."""
        return self.at_work.rules.answering.quiet_until(self.policy.default_identity.timezone)


async def handle_mails(
    flow: Flow, raws: Sequence[RawMail], also: AlsoStore | None = None
) -> list[Handled]:
    """Keep a batch of mails, judge them, and queue the replies they deserve: one transaction.

    When this returns, all of them are stored. A mail that can't be understood is parked. So is one
    that PostgreSQL refuses, and doesn't hold up the others, which are stored one by one then.
    Raises DatabaseUnreachable, and then nothing is stored.
    """
    return await keep(flow, await judge(flow, raws), also)


async def judge(flow: Flow, raws: Sequence[RawMail]) -> list[Verdict]:
    """Understand mails and ask the model about all of them at once; stores nothing. What can be
    found out of a mail alone is found here: while it is kept, others wait."""
    found = await flow.understand_all(raws, flow.policy.own)
    rules = flow.at_work.rules
    messages = [mail.message for mail in found if isinstance(mail, Understood)]
    predictions = iter(await asyncio.to_thread(_classify, rules, messages))
    return [
        Judged(raw, mail.message, mail.signs, next(predictions), rules)
        if isinstance(mail, Understood)
        else Refused(raw, mail.why)
        for raw, mail in zip(raws, found, strict=True)
    ]


def _classify(rules: Rules, messages: Sequence[Message]) -> list[Prediction]:
    return rules.classify([(m.subject, m.newest) for m in messages])


async def keep(
    flow: Flow,
    judged: Sequence[Verdict],
    also: AlsoStore | None = None,
    permit: Permit | None = None,
) -> list[Handled]:
    """Store judged mails and queue the replies they deserve. As `handle_mails`."""
    try:
        handled, new = await keep_together(flow, judged, also, permit)
    except ContentRefused:
        return await _keep_each(flow, judged, also, permit)
    log_stored(new)
    return handled


async def keep_together(
    flow: Flow,
    judged: Sequence[Verdict],
    also: AlsoStore | None = None,
    permit: Permit | None = None,
) -> tuple[list[Handled], Sequence[NewEvent]]:
    """All of them or none, and which are new. Raises ContentRefused where PostgreSQL refuses
    one."""
    new: Sequence[NewEvent] = ()
    refused = [each for each in judged if isinstance(each, Refused)]
    understood = [each for each in judged if isinstance(each, Judged)]
    async with flow.db.transaction() as db:
        await intake.lock(db)
        for each in refused:
            await parked.add(db, each.raw, each.why)
        found, fresh = await sort_out(db, await under_present_rules(flow, understood))
        handled = _in_order(judged, found)
        if fresh:
            new = await _decide(db, flow, fresh)
            await events.add(db, new)
            await _audit(db, flow.lottery, fresh, new)
            await _answer(db, flow, fresh[0].judged.rules.answering.templates, new)
            await notify.notify(db, [event.id for event in new])
        if permit:
            await permit(db)
        if also:
            await also(db, handled)
    for each in refused:
        raw = each.raw
        log.warning("mail parked", mailbox=raw.mailbox, uid=raw.uid, why=each.why)
    return handled, new


def _in_order(judged: Sequence[Verdict], found: Sequence[Handled]) -> list[Handled]:
    """What became of each, given what became of those that are not refused."""
    rest = iter(found)
    return [Handled(None) if isinstance(each, Refused) else next(rest) for each in judged]


async def under_present_rules(flow: Flow, judged: Sequence[Judged]) -> Sequence[Judged]:
    """These mails as the rules in force now judge them: they were judged while others were stored,
    and a category may have been renamed or switched off meanwhile."""
    rules = flow.at_work.rules
    if all(each.rules is rules for each in judged):
        return judged
    # Rules that change from here to the commit find these mails decided as those of a moment
    # earlier are: wholly by the old ones, since names, threshold, switches and texts are all taken
    # from `Judged.rules`. Nobody can tell the two apart: a change reaches us only after its commit.
    messages = [each.message for each in judged]
    predictions = await asyncio.to_thread(_classify, rules, messages)
    return [
        replace(each, prediction=prediction, rules=rules)
        for each, prediction in zip(judged, predictions, strict=True)
    ]


def log_stored(new: Sequence[NewEvent]) -> None:
    """One line for each mail, whose number all later lines about it carry; of an import none."""
    for event in new:
        if event.message.source != "import":
            log.info(
                "mail stored",
                mail=event.id,
                mailbox=event.message.mailbox,
                category=event.prediction.category,
                answered=event.decision.answers,
                rules=[sign.rule for sign in event.decision.signs],
            )


async def _keep_each(
    flow: Flow, judged: Sequence[Verdict], also: AlsoStore | None, permit: Permit | None
) -> list[Handled]:
    handled = [await _keep_or_park(flow, each, permit) for each in judged]
    if also:
        async with flow.db.transaction() as db:
            if permit:
                await permit(db)
            await also(db, handled)
    return handled


async def _keep_or_park(flow: Flow, judged: Verdict, permit: Permit | None) -> Handled:
    try:
        (handled,), new = await keep_together(flow, [judged], permit=permit)
    except ContentRefused as error:
        refused = Refused(judged.raw, error.what)
        (handled,), new = await keep_together(flow, [refused], permit=permit)
    log_stored(new)
    return handled


async def _decide(db: Connection, flow: Flow, fresh: Sequence[Fresh]) -> list[NewEvent]:
    messages = [each.judged.message for each in fresh]
    threads = await threads_of(db, messages)
    ledger = await ledger_of(db, messages, threads)
    return [
        _event(flow, each, thread_id, ledger)
        for each, thread_id in zip(fresh, threads, strict=True)
    ]


def _event(flow: Flow, fresh: Fresh, thread_id: str, ledger: Ledger) -> NewEvent:
    judged = fresh.judged
    message, prediction = judged.message, judged.prediction
    # Nobody was answered for an imported mail: it says nothing about how mails are handled.
    audited = message.source != "import" and flow.lottery.draws(fresh.id)
    return NewEvent(
        id=fresh.id,
        key=fresh.key,
        thread_id=thread_id,
        message=message,
        prediction=prediction,
        decision=flow.policy.decide(
            message,
            prediction,
            thread_id,
            ledger,
            signs=judged.signs,
            sure=judged.sure,
            switched_off=judged.rules.answering.switched_off,
        ),
        needs_review=audited or not judged.sure,
        audited=audited,
        raw=judged.raw.content,
    )


async def _audit(
    db: Connection, lottery: Lottery, fresh: Sequence[Fresh], new: Sequence[NewEvent]
) -> None:
    drawn = [
        Drawn(event.id, event.prediction, each.judged.needed)
        for each, event in zip(fresh, new, strict=True)
        if event.audited
    ]
    if drawn:
        await audits.add(db, drawn, share=lottery.part)


async def _answer(
    db: Connection, flow: Flow, templates: Templates, new: Sequence[NewEvent]
) -> None:
    quiet_until = flow.quiet_until()
    rows = [
        (
            compose(
                event.message,
                event.decision,
                event_id=event.id,
                thread_id=event.thread_id,
                identity=flow.policy.identity(event.message.mailbox),
                templates=templates,
            ),
            subject_key(event.message.subject),
            _status(flow.policy, event, quiet=quiet_until is not None),
        )
        for event in new
        if event.decision.answers
    ]
    if not rows:
        return
    statuses = [status for _, _, status in rows]
    if "held" in statuses and not await outbox.holds(db):
        log.warning("answers are held back by the global cap from now on")
    await outbox.add(db, rows, datetime.now(UTC), quiet_until, flow.policy.hand_out_for)
    if "queued" in statuses and not quiet_until:
        await flow.queue.defer(db, DELIVER)


def _status(policy: Policy, event: NewEvent, *, quiet: bool) -> ReplyStatus:
    if event.message.source == "smtp":  # the sandbox answers nobody, even where sending is set up
        return "kept"
    if not policy.sends and not policy.hands_out:
        return "kept"
    if event.decision.held:
        return "held"
    return "handed" if policy.hands_out and not quiet else "queued"

"""After a promotion: what waits for a person is scored again by the new model."""

import asyncio

from buzon.flow.intake import Flow
from buzon.mail import clean
from buzon.store import audits, notify, scores
from buzon.store.audits import Drawn
from buzon.store.scores import Open

BATCH = 250  # a label that is set meanwhile waits for the batch


async def rescore(flow: Flow) -> int:
    """Score all mails that wait for a person and were scored by another model; how many.

    What each model said stays known. A mail of which the new model is sure no longer waits, but
    for those that were drawn or that the lot falls on, as with any mail that is handled without a
    person. Of one that was handled so before, the audit keeps what was said then: with the mails
    that it stands for, nothing else was done.
    """
    done, last = 0, 0
    while mails := await _batch(flow, last):
        last = mails[-1].id
        done += len(mails)
    return done


async def _batch(flow: Flow, after: int) -> list[Open]:
    rules = flow.at_work.rules
    async with flow.db.transaction() as db:
        mails = await scores.open_mails(db, rules.classifier.version, after, BATCH)
        if not mails:
            return []
        predictions = await asyncio.to_thread(
            lambda: rules.classify([(m.subject, clean.newest(m.body)) for m in mails])
        )
        lot = [m.audited or (not m.imported and flow.lottery.draws(m.id)) for m in mails]
        review = [
            rules.unsure(prediction) or audited
            for prediction, audited in zip(predictions, lot, strict=True)
        ]
        ids = [mail.id for mail in mails]
        await scores.replace(db, ids, predictions, review)
        chosen = [
            Drawn(id, prediction, rules.needed(prediction.category))
            for id, prediction, audited in zip(ids, predictions, lot, strict=True)
            if audited
        ]
        if chosen:
            await audits.add(db, chosen, share=flow.lottery.part)
        await notify.notify(db, ids)
    return mails

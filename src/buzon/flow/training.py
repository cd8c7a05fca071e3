"""From corrections to a better model: a training is asked for, run, and its model put to work
when it has proved no worse than the one before."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from buzon.errors import BuzonError, DatabaseUnreachable, Invalid, TrainingRefused
from buzon.flow import apart, memory
from buzon.flow.schedule import Schedule
from buzon.mail import clean
from buzon.mail.masking import mask
from buzon.records import Reason
from buzon.store import categories, labels, lessons, locks, models, trainings
from buzon.store.db import Connection, Database
from buzon.store.labels import Labelled
from buzon.store.models import Model, NewModel
from buzon.store.queue import LEARN, RESCORE, Queue
from buzon.store.trainings import Training

if TYPE_CHECKING:
    from buzon.classifier.teach import Order, Taught

log = structlog.get_logger()

NOTHING_NEW = "Nothing was labelled since: the model at work learnt from the same."
MEANWHILE = ("%(version)s was put to work meanwhile.", "Train again.")


async def ask(db: Database, queue: Queue, who: str, *, with_starter: bool = True) -> int:
    """Ask for a training; its number. Raises Conflict while one is under way."""
    async with db.transaction() as connection:
        id = await trainings.ask(connection, who, with_starter=with_starter)
        await queue.defer(connection, LEARN)
    return id


@dataclass(frozen=True, slots=True)
class Trainer:
    """Runs the trainings that were asked for, one at a time."""

    db: Database
    queue: Queue
    schedule: Schedule
    embeddings: str = ""

    async def consider(self) -> None:
        """Ask for a training where one is due."""
        async with self.db.transaction() as db:
            if why := await self.schedule.due(db):
                await trainings.ask(db, why)

    async def run(self) -> None:
        """The training that waits, or that a process died over; nothing where another process is
        at it. One that fails leaves the model at work where it is, and says why."""
        lock = locks.Lock(self.db, locks.TRAINING, 0)
        try:
            if await lock.try_take():
                await self._run()
        finally:
            await lock.release()

    async def _run(self) -> None:
        async with self.db.transaction() as db:
            training = await trainings.start(db)
        if training is None:
            return
        try:
            await self._train(training)
        except DatabaseUnreachable:
            raise  # the training stays open, and is begun again
        except Exception as error:
            log.warning("training failed", training=training.id, why=repr(error))
            async with self.db.transaction() as db:
                await trainings.fail(db, training.id, _why_it_failed(error))
        finally:
            memory.give_back()

    async def _train(self, training: Training) -> None:
        async def tell(share: float, step: str) -> None:
            async with self.db.transaction() as db:
                await trainings.progress(db, training.id, share, step)

        async with self.db.transaction() as db:
            champion = await models.at_work(db)
            own = await labels.learnable(db)
            order = await order_of(
                db, own, champion, self.embeddings, with_starter=training.with_starter
            )
        taught = await apart.teach(order, tell)
        async with self.db.transaction() as db:
            promoted, why = await self._settle(db, training, taught, own, champion)
            version = taught.artifact.version
            await trainings.finish(db, training.id, version, promoted=promoted, why=why)
        log.info("trained", version=version, promoted=promoted)

    async def _settle(
        self,
        db: Connection,
        training: Training,
        taught: "Taught",
        own: Sequence[Labelled],
        champion: Model | None,
    ) -> tuple[bool, str | Reason]:
        """Keep what was taught, and put it to work if it may be: whether, and why."""
        version, by = taught.artifact.version, training.asked_by
        if champion and champion.version == version:
            return False, Reason((NOTHING_NEW,))
        await locks.promotions(db)
        now = await models.at_work(db)
        if now and (champion is None or now.version != champion.version):
            meanwhile = Reason(MEANWHILE, {"version": now.version})
            await keep(db, taught, own, parent=champion, by=by, why=meanwhile.text)
            return False, meanwhile
        await keep(db, taught, own, parent=champion, by=by)
        if taught.promote:
            await promote(db, self.queue, version, by=by, why=taught.why)
        return taught.promote, taught.why


def _why_it_failed(error: Exception) -> str | Reason:
    if isinstance(error, TrainingRefused):
        return Reason((error.pattern, error.remedy), error.values)
    return str(error) if isinstance(error, BuzonError) else repr(error)


async def order_of(
    db: Connection,
    own: Sequence[Labelled],
    champion: Model | None,
    embeddings: str,
    *,
    with_starter: bool = True,
) -> "Order":
    """What is to be learnt, and from what; the champion goes along only where this program can
    open it."""
    from buzon.classifier.artifact import understands
    from buzon.classifier.corpus import Sample
    from buzon.classifier.teach import (
        MOST_CHARS,
        MOST_UNLABELLED,
        Champion,
        Order,
        wants_unlabelled,
    )

    rival = None
    if champion and understands(champion.made_by):
        rival = Champion(
            await models.artifact(db, champion.version),
            champion.sha256,
            await _lessons_of(db, champion, own),
            await models.unseen(db, champion.version),
        )
    order = Order(
        own=[
            Sample(m.subject, m.body, m.label, m.language, m.thread_id, key=str(m.event_id))
            for m in own
        ],
        picked=frozenset(str(m.event_id) for m in own if m.picked),
        with_starter=with_starter,
        labels={c.name: c.becomes for c in await categories.listed(db) if c.retired_at is not None},
        days={str(m.event_id): m.labelled_at.date() for m in own},
        champion=rival,
        embeddings=embeddings,
        prepare=clean.newest,
        mask=mask,
    )
    if not wants_unlabelled(order):
        return order
    return replace(order, unlabelled=await labels.unlabelled(db, MOST_UNLABELLED, MOST_CHARS))


async def _lessons_of(
    db: Connection, champion: Model, own: Sequence[Labelled]
) -> dict[str, tuple[str, str | None]]:
    """What the champion learnt. Of an old one that is no longer kept mail by mail; then all that
    was labelled by that time counts as learnt."""
    learnt = await lessons.of(db, champion.version)
    if learnt or champion.labelled_until is None:
        return {str(id): lesson for id, lesson in learnt.items()}
    return {
        str(m.event_id): (m.label, None) for m in own if m.labelled_at <= champion.labelled_until
    }


async def keep(
    db: Connection,
    taught: "Taught",
    own: Sequence[Labelled],
    *,
    parent: Model | None,
    by: str,
    why: str = "",
) -> None:
    """Keep a new version, with what it learnt, and why it was put to work or kept back."""
    artifact = taught.artifact
    await models.add(
        db,
        NewModel(
            version=artifact.version,
            parent=parent.version if parent else None,
            asked_by=by,
            sha256=artifact.sha256,
            artifact=artifact.content,
            made_by=artifact.made_by,
            examples=len(taught.lessons),
            labelled_until=max((m.labelled_at for m in own), default=None),
            why=why or taught.why,
            unseen=taught.unseen,
            report=json.loads(json.dumps(taught.report)),
        ),
    )
    rows = [(int(key), label, predicted) for key, label, predicted in taught.lessons]
    await lessons.add(db, artifact.version, rows)


async def promote(db: Connection, queue: Queue, version: str, *, by: str, why: str) -> None:
    """Put a version to work everywhere, and have the open mails scored again. Raises NotFound,
    Invalid where this program reads mails otherwise, ModelError where it can't be opened."""
    from buzon.classifier.artifact import understands, unpack

    model = await models.get(db, version)
    if not understands(model.made_by):
        raise Invalid(
            f"The model {version} was made by another version of Buzón and reads mails otherwise.",
            "Train a new one: what people labelled is all there. buzon train",
        )
    await asyncio.to_thread(unpack, await models.artifact(db, version), model.sha256)
    await locks.promotions(db)
    await models.promote(db, version, by=by, why=why)
    await queue.defer(db, RESCORE)

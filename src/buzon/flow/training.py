"""From corrections to a better model: a training is asked for, run, and its model put to work
when it has proved no worse than the one before."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from buzon.errors import BuzonError, DatabaseError, Invalid
from buzon.flow import apart
from buzon.flow.schedule import Schedule
from buzon.mail import clean
from buzon.store import categories, labels, lessons, locks, models, trainings
from buzon.store.db import Connection, Database
from buzon.store.labels import Labelled
from buzon.store.models import Model, NewModel
from buzon.store.queue import LEARN, RESCORE, Queue
from buzon.store.trainings import Training

if TYPE_CHECKING:
    from buzon.classifier.teach import Order, Taught

log = structlog.get_logger()


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
        except DatabaseError:
            raise  # the training stays open, and is begun again
        except BuzonError as error:
            log.warning("training failed", training=training.id, why=error.what)
            async with self.db.transaction() as db:
                await trainings.fail(db, training.id, str(error))

    async def _train(self, training: Training) -> None:
        async def tell(share: float, step: str) -> None:
            async with self.db.transaction() as db:
                await trainings.progress(db, training.id, share, step)

        async with self.db.transaction() as db:
            champion = await models.at_work(db)
            own = await labels.learnable(db)
            order = await order_of(db, own, champion, self.embeddings)
        order = replace(order, with_starter=training.with_starter)
        taught = await apart.teach(order, tell)
        async with self.db.transaction() as db:
            await keep(db, taught, own, parent=champion, by=training.asked_by)
            if taught.promote:
                await promote(
                    db, self.queue, taught.artifact.version, by=training.asked_by, why=taught.why
                )
            await trainings.finish(
                db, training.id, taught.artifact.version, promoted=taught.promote, why=taught.why
            )
        log.info("trained", version=taught.artifact.version, promoted=taught.promote)


async def order_of(
    db: Connection, own: Sequence[Labelled], champion: Model | None, embeddings: str
) -> "Order":
    """What is to be learnt, and from what; the champion goes along only where this program can
    open it."""
    from buzon.classifier.artifact import understands
    from buzon.classifier.corpus import Sample
    from buzon.classifier.teach import Champion, Order

    rival = None
    if champion and understands(champion.made_by):
        learnt = await lessons.of(db, champion.version)
        rival = Champion(
            await models.artifact(db, champion.version),
            champion.sha256,
            {str(id): lesson for id, lesson in learnt.items()},
            await models.unseen(db, champion.version),
        )
    return Order(
        own=[
            Sample(m.subject, m.body, m.label, m.language, m.thread_id, key=str(m.event_id))
            for m in own
        ],
        picked=frozenset(str(m.event_id) for m in own if m.picked),
        labels={c.name: c.becomes for c in await categories.listed(db) if c.retired_at is not None},
        champion=rival,
        embeddings=embeddings,
        prepare=clean.newest,
    )


async def keep(
    db: Connection, taught: "Taught", own: Sequence[Labelled], *, parent: Model | None, by: str
) -> None:
    """Keep a new version, with what it learnt."""
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
            why=taught.why,
            unseen=taught.unseen,
            report=json.loads(json.dumps(taught.report)),
        ),
    )
    rows = [(int(key), label, predicted) for key, label, predicted in taught.lessons]
    await lessons.add(db, artifact.version, rows)


async def promote(db: Connection, queue: Queue, version: str, *, by: str, why: str) -> None:
    """Put a version to work everywhere, and have the open mails scored again. Raises NotFound, and
    Invalid where this program can't read that version."""
    from buzon.classifier.artifact import understands

    if not understands((await models.get(db, version)).made_by):
        raise Invalid(
            f"The model {version} was made by another version of Buzón and reads mails otherwise.",
            "Train a new one: what people labelled is all there. buzon train",
        )
    await models.promote(db, version, by=by, why=why)
    await queue.defer(db, RESCORE)

"""Every process works with the model, the threshold, the names and the answers that the database
says."""

import asyncio
from typing import TYPE_CHECKING

import structlog

from buzon.errors import ModelError
from buzon.flow import apart, memory, training
from buzon.flow.answering import in_force
from buzon.flow.at_work import AtWork
from buzon.store import categories, labels, locks, models, notify, thresholds
from buzon.store.db import Connection, Database
from buzon.store.models import Model

if TYPE_CHECKING:  # takes half a second to import; commands that don't classify do without
    from buzon.classifier.artifact import Artifact
    from buzon.classifier.model import Classifier
    from buzon.classifier.registry import Registry

log = structlog.get_logger()

POLL = 30.0  # seconds; the net below the notifications


async def first_model(db: Database, registry: "Registry", embeddings: str) -> "Classifier":
    """The model at work. Where it can't be opened, the last one that was put to work before and
    can be; where none can, one is trained from all that is known: at the first start, and after an
    upgrade that reads mails in another way. Raises ModelError.

    Several processes may start at once: one trains, the others wait.
    """
    async with db.transaction() as connection:
        await locks.first_model(connection)
        wanted = await models.at_work(connection)
        for model in await models.promoted(connection):
            if classifier := await _try_to_open(connection, registry, model):
                if wanted and model.version != wanted.version:
                    why = f"{wanted.version} can't be opened."
                    await models.promote(connection, model.version, by="buzon", why=why)
                return classifier
        return await _first(connection, registry, embeddings, wanted)


async def _try_to_open(db: Connection, registry: "Registry", model: Model) -> "Classifier | None":
    from buzon.classifier.artifact import understands

    if not understands(model.made_by):
        return None
    try:
        return await _fetch(db, registry, model)
    except ModelError as error:
        log.warning("a model can't be opened", version=model.version, why=str(error))
        return None


async def _first(
    db: Connection, registry: "Registry", embeddings: str, before: Model | None
) -> "Classifier":
    from buzon.classifier.teach import taught_before

    own = await labels.learnable(db)
    ready = None if own or embeddings else await asyncio.to_thread(registry.starter)
    if ready:
        taught = taught_before(ready)
    else:
        await asyncio.to_thread(registry.refuse_unwritable)
        taught = await apart.teach(await training.order_of(db, own, None, embeddings))
    why = "No model from before can be read by this version of Buzón." if before else taught.why
    await training.keep(db, taught, own, parent=before, by="buzon")
    await models.promote(db, taught.artifact.version, by="buzon", why=why)
    await asyncio.to_thread(registry.put, taught.artifact)
    return await _open(taught.artifact.content, taught.artifact.sha256)


async def _fetch(db: Connection, registry: "Registry", model: Model) -> "Classifier":
    """A version, from the file where it is that one, else from the database; afterwards the file
    is that one. Raises ModelError where either is not what was put to work."""
    on_disk = await asyncio.to_thread(registry.content, model.sha256)
    content = on_disk or await models.artifact(db, model.version)
    classifier = await _open(content, model.sha256)
    if on_disk is None:
        try:
            await asyncio.to_thread(registry.put, _artifact(model, content))
        except ModelError as error:  # it is open, so mails can be sorted by it all the same
            log.warning("the model at work can't be kept on disk", why=str(error))
    return classifier


async def kept(db: Connection) -> "Artifact | None":
    """The model at work as the database keeps it; None where there is none that we can read. Raises
    ModelError where it is not what was put to work."""
    from buzon.classifier.artifact import understands

    model = await models.at_work(db)
    return await _kept(db, model) if model and understands(model.made_by) else None


async def _kept(db: Connection, model: Model) -> "Artifact":
    from buzon.classifier.artifact import refuse_altered

    content = await models.artifact(db, model.version)
    await asyncio.to_thread(refuse_altered, content, model.sha256)
    return _artifact(model, content)


def _artifact(model: Model, content: bytes) -> "Artifact":
    from buzon.classifier.artifact import Artifact

    about = {"trained_at": model.created_at.isoformat(), "metrics": model.metrics}
    return Artifact(model.version, content, model.sha256, model.made_by, about)


async def _open(content: bytes, digest: str) -> "Classifier":
    from buzon.classifier.artifact import unpack

    classifier = await asyncio.to_thread(unpack, content, digest)
    memory.give_back()
    return classifier


class Follower:
    """Keeps what this process works with in step with the database."""

    def __init__(self, db: Database, at_work: AtWork, registry: "Registry", careful: float) -> None:
        self.db = db
        self.at_work = at_work
        self.registry = registry
        self.careful = careful
        self._one_at_a_time = asyncio.Lock()
        self._not_restored = ""  # why, so that it is told once

    async def run(self) -> None:
        """Until cancelled: catch up whenever something was promoted, and now and then."""
        notes = notify.listen_to(self.db, notify.PROMISE, POLL)
        async for _ in notes:
            try:
                await self.catch_up()
            except ModelError as error:
                log.warning("the model at work can't be followed", why=str(error))

    async def catch_up(self) -> None:
        """Raises ModelError where the model at work can't be opened; the old one goes on."""
        from buzon.classifier.artifact import understands

        async with self._one_at_a_time, self.db.transaction() as db:
            # Names and switches of one moment: a category that was renamed in between would be
            # answered under its new name though it is switched off.
            await db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await self._names_and_answering(db)
            model = await models.at_work(db)
            if model is None:
                return
            if model.version == self.at_work.version:
                await self._restore(db, model)
                return
            if not understands(model.made_by):
                raise ModelError(
                    f"The model {model.version} was made by another version of Buzón.",
                    "Bring all processes to the same version.",
                )
            self.at_work.change(classifier=await _fetch(db, self.registry, model))
            log.info("another model is at work", version=model.version)

    async def _restore(self, db: Connection, model: Model) -> None:
        """See that the file is still the model at work: somebody may have removed or changed it."""
        why = ""
        try:
            if await asyncio.to_thread(self.registry.content, model.sha256) is None:
                # Before megabytes are fetched for nothing, each time.
                await asyncio.to_thread(self.registry.refuse_unwritable)
                await asyncio.to_thread(self.registry.put, await _kept(db, model))
                log.warning("the file of the model at work was gone or another, and is restored")
        except ModelError as error:
            why = str(error)
        if why and why != self._not_restored:
            log.warning("the model at work can't be kept on disk", why=why)
        self._not_restored = why

    async def _names_and_answering(self, db: Connection) -> None:
        force = await thresholds.in_force(db)
        self.at_work.change(
            threshold=force.threshold if force else self.careful,
            renamed={c.name: c.becomes for c in await categories.listed(db) if c.retired_at},
            answering=await in_force(db),
        )

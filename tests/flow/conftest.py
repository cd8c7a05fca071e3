"""A trainer, and what follows its models, over a test's database."""

from datetime import time
from pathlib import Path

import pytest

from buzon.classifier.registry import Registry
from buzon.flow import Flow, Follower, Schedule, Trainer, ask_for_training, handle_mails
from buzon.flow.answering import in_force
from buzon.records import Event
from buzon.store import events, trainings
from buzon.store.trainings import Training
from peers.flows import raw_mail
from peers.lessons import MADRID


@pytest.fixture
def trainer(flow: Flow) -> Trainer:
    return Trainer(flow.db, flow.queue, Schedule(at=time(3), after=50, timezone=MADRID))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


@pytest.fixture
def follower(flow: Flow, registry: Registry) -> Follower:
    return Follower(flow.db, flow.at_work, registry, careful=0.75)


async def train(flow: Flow, trainer: Trainer) -> Training:
    """Ask for a training from the labelled mails alone, have it done, and say what came of it."""
    await ask_for_training(flow.db, flow.queue, "ana", with_starter=False)
    await trainer.run()
    async with flow.db.transaction() as db:
        training = await trainings.last(db)
    assert training is not None
    return training


async def follow(flow: Flow) -> None:
    """As the follower does when it hears that something changed."""
    async with flow.db.transaction() as db:
        flow.at_work.change(answering=await in_force(db))


async def event_of(flow: Flow, **mail: str) -> Event:
    """The event of a mail that comes in."""
    (handled,) = await handle_mails(flow, [raw_mail(**mail)])  # type: ignore[arg-type]
    async with flow.db.transaction() as db:
        event = await events.get(db, handled.event_id or 0)
    assert event is not None
    return event

"""A trainer, and what follows its models, over a test's database."""

from datetime import time
from pathlib import Path

import pytest

from buzon.classifier.registry import Registry
from buzon.flow import Flow, Follower, Schedule, Trainer, ask_for_training
from buzon.store import trainings
from buzon.store.trainings import Training
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

"""Every process works with the model, the threshold and the names that the database says."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import joblib
import pytest

from buzon.classifier.registry import Registry
from buzon.errors import ModelError
from buzon.flow import (
    AtWork,
    Flow,
    Follower,
    Trainer,
    apart,
    first_model,
    handle_mails,
    promote,
    rename_category,
    switch,
)
from buzon.store import models, thresholds
from buzon.store.thresholds import Threshold
from flow.conftest import train
from peers.flows import StubClassifier, raw_mail
from peers.lessons import lessons, store_labelled

SECONDS = 20.0  # fewer than those after which a process looks by itself: it was told


async def promoted(flow: Flow, trainer: Trainer) -> str:
    """The version of a model that has learnt from 45 mails."""
    await store_labelled(flow, lessons(45))
    training = await train(flow, trainer)
    assert training.promoted
    return training.version or ""


@pytest.fixture
async def other_process(flow: Flow, tmp_path: Path) -> AsyncIterator[AtWork]:
    """What another process with a folder of its own works with."""
    at_work = AtWork(StubClassifier(), 0.75)
    following = Follower(flow.db, at_work, Registry(tmp_path / "other"), careful=0.75)
    running = asyncio.create_task(following.run())
    await asyncio.sleep(0)
    yield at_work
    running.cancel()


async def until(at_work: AtWork, version: str) -> None:
    async with asyncio.timeout(SECONDS):
        while at_work.version != version:
            await asyncio.sleep(0.02)


async def test_a_promotion_reaches_another_process_that_is_told_of_it(
    flow: Flow, trainer: Trainer, other_process: AtWork
) -> None:
    await until(other_process, await promoted(flow, trainer))


async def test_a_folder_that_cannot_be_written_is_told_before_the_training(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(apart, "teach", never)
    (tmp_path / "models").write_text("a file is no folder")
    with pytest.raises(ModelError, match="can't be kept in"):
        await first_model(flow.db, Registry(tmp_path / "models"), "")


async def test_mails_are_judged_without_a_pause_while_the_model_changes(
    flow: Flow, trainer: Trainer, follower: Follower
) -> None:
    version = await promoted(flow, trainer)
    following = asyncio.create_task(follower.run())
    said = set()
    number = 0
    while version not in said:
        mail = raw_mail(message_id=f"<m{number}@x.org>")
        (handled,) = await handle_mails(flow, [mail])
        assert handled.event_id
        number += 1
        async with flow.db.transaction() as db:
            row = await (
                await db.execute(
                    "SELECT model_version FROM events WHERE id = %s", [handled.event_id]
                )
            ).fetchone()
        said.add(row[0] if row else "")
        assert number < 500
    following.cancel()
    assert said <= {"stub-1", version}


async def test_the_model_at_work_lies_on_disk_and_opens_with_plain_joblib(
    flow: Flow, trainer: Trainer, follower: Follower, registry: Registry
) -> None:
    version = await promoted(flow, trainer)
    await follower.catch_up()
    model = joblib.load(registry.model)
    assert model.version == version
    assert model.predict(["La caja de codos llegó rota, faltan 4 y no cierran."]) == ["incidencia"]


async def test_a_foreign_file_is_never_opened_and_the_right_one_comes_back(
    flow: Flow, trainer: Trainer, follower: Follower, registry: Registry
) -> None:
    version = await promoted(flow, trainer)
    registry.folder.mkdir()
    registry.model.write_bytes(b"not what was put to work")
    await follower.catch_up()
    assert flow.at_work.version == version
    assert joblib.load(registry.model).version == version
    assert len(list(registry.folder.glob("model.joblib.refused-*"))) == 1


@pytest.mark.parametrize("content", [None, b"not what was put to work"])
async def test_a_file_that_is_gone_or_another_comes_back_while_nothing_is_promoted(
    flow: Flow,
    trainer: Trainer,
    follower: Follower,
    registry: Registry,
    content: bytes | None,
) -> None:
    version = await promoted(flow, trainer)
    await follower.catch_up()
    registry.model.write_bytes(content) if content else registry.model.unlink()
    await follower.catch_up()
    assert joblib.load(registry.model).version == version


async def test_what_was_altered_in_the_database_comes_to_no_file(
    flow: Flow, trainer: Trainer, follower: Follower, registry: Registry
) -> None:
    await promoted(flow, trainer)
    await follower.catch_up()
    registry.model.unlink()
    async with flow.db.transaction() as db:
        await db.execute("UPDATE models SET artifact = artifact || 'x'")
    await follower.catch_up()
    assert not registry.model.exists()


async def test_an_altered_model_in_the_database_is_refused_and_the_old_one_goes_on(
    flow: Flow, trainer: Trainer, follower: Follower
) -> None:
    await promoted(flow, trainer)
    async with flow.db.transaction() as db:
        await db.execute("UPDATE models SET artifact = artifact || 'x'")
    with pytest.raises(ModelError, match="SHA-256"):
        await follower.catch_up()
    assert flow.at_work.version == "stub-1"


async def test_a_model_of_another_version_of_the_program_is_not_opened(
    flow: Flow, trainer: Trainer, follower: Follower
) -> None:
    await promoted(flow, trainer)
    async with flow.db.transaction() as db:
        await db.execute("""UPDATE models SET made_by = made_by || '{"recipe": "another"}'""")
    with pytest.raises(ModelError, match="another version of Buzón"):
        await follower.catch_up()
    assert flow.at_work.version == "stub-1"


async def test_a_start_with_a_model_that_cannot_be_opened_falls_back_to_the_one_before(
    flow: Flow, trainer: Trainer, registry: Registry
) -> None:
    first = await promoted(flow, trainer)
    await store_labelled(flow, lessons(60, start=45))
    second = await train(flow, trainer)
    async with flow.db.transaction() as db:
        await db.execute(
            "UPDATE models SET artifact = artifact || 'x' WHERE version = %s", [second.version]
        )
    assert (await first_model(flow.db, registry, "")).version == first
    async with flow.db.transaction() as db:
        model = await models.at_work(db)
    assert model is not None
    assert model.version == first


async def test_an_altered_version_is_not_put_to_work(flow: Flow, trainer: Trainer) -> None:
    version = await promoted(flow, trainer)
    async with flow.db.transaction() as db:
        await db.execute("UPDATE models SET artifact = artifact || 'x'")
    with pytest.raises(ModelError, match="SHA-256"):
        async with flow.db.transaction() as db:
            await promote(db, flow.queue, version, by="ana", why="")


async def test_a_new_name_of_a_category_reaches_another_process_within_two_seconds(
    flow: Flow, other_process: AtWork
) -> None:
    await rename_category(flow.db, "incidencia", "averia", "ana")
    async with asyncio.timeout(SECONDS):
        while not other_process.rules.renamed:
            await asyncio.sleep(0.02)


async def test_a_version_brought_back_is_followed_too(
    flow: Flow, trainer: Trainer, other_process: AtWork
) -> None:
    first = await promoted(flow, trainer)
    await store_labelled(flow, lessons(60, start=45))
    await train(flow, trainer)
    async with flow.db.transaction() as db:
        await promote(db, flow.queue, first, by="ana", why="It was better.")
    await until(other_process, first)


async def test_a_new_threshold_and_new_names_are_followed(flow: Flow, follower: Follower) -> None:
    await rename_category(flow.db, "incidencia", "averia", "ana")
    async with flow.db.transaction() as db:
        await thresholds.add(db, Threshold(0.9, True, 0.05, 80, 0, 0.04, 0, 100, 0.75))
    await follower.catch_up()
    assert flow.at_work.rules.threshold == 0.9
    assert flow.at_work.rules.renamed == {"incidencia": "averia"}


async def test_a_new_name_comes_into_force_together_with_its_switch(
    flow: Flow, follower: Follower
) -> None:
    """A mail that came between the two would be answered in a category that is switched off."""
    await switch(flow.db, "incidencia", False, "ana")
    await follower.catch_up()
    await rename_category(flow.db, "incidencia", "averia", "ana")
    follower.at_work = at_work = Noting(flow.at_work)
    await follower.catch_up()
    assert at_work.rules.renamed == {"incidencia": "averia"}
    for rules in at_work.were:
        name = rules.renamed.get("incidencia", "incidencia")
        assert name in rules.answering.switched_off


class Noting(AtWork):
    """Knows all rules that were ever in force."""

    def __init__(self, before: AtWork) -> None:
        super().__init__(before.rules.classifier, before.rules.threshold)
        self.rules, self.were = before.rules, [before.rules]

    def change(self, **changed: Any) -> None:
        super().change(**changed)
        self.were.append(self.rules)


async def test_where_nothing_changed_the_rules_stay_the_same(
    flow: Flow, follower: Follower
) -> None:
    """So that what was judged ahead isn't judged twice after every look."""
    await rename_category(flow.db, "incidencia", "averia", "ana")
    await follower.catch_up()
    rules = flow.at_work.rules
    await follower.catch_up()
    assert flow.at_work.rules is rules


async def test_until_there_is_a_threshold_the_careful_one_holds(
    flow: Flow, follower: Follower
) -> None:
    flow.at_work.change(threshold=0.1)
    await follower.catch_up()
    assert flow.at_work.rules.threshold == follower.careful


async def test_every_version_stays_in_the_database(flow: Flow, trainer: Trainer) -> None:
    first = await promoted(flow, trainer)
    await store_labelled(flow, lessons(60, start=45))
    second = await train(flow, trainer)
    async with flow.db.transaction() as db:
        assert [model.version for model in await models.listed(db)] == [second.version, first]

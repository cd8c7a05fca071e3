"""From labels to a model at work: real trainings, in processes of their own."""

import asyncio
import multiprocessing
import os
import random
import signal

import pytest

from buzon.errors import Conflict, Invalid
from buzon.flow import Flow, Trainer, apart, ask_for_training, handle_mails, promote
from buzon.store import labels, lessons, locks, models, trainings
from flow.conftest import train
from peers.flows import raw_mail
from peers.lessons import lessons as texts
from peers.lessons import store_labelled


async def test_the_first_model_learns_what_people_said_and_is_put_to_work(
    flow: Flow, trainer: Trainer
) -> None:
    await store_labelled(flow, texts(45))
    training = await train(flow, trainer)
    assert (training.state, training.promoted, training.share) == ("done", True, 1)
    async with flow.db.transaction() as db:
        model = await models.at_work(db)
        report = await models.report(db, training.version or "")
    assert model is not None
    assert (model.version, model.examples, model.asked_by) == (training.version, 45, "ana")
    assert report["trained_on"]["own_per_category"] == {
        "pedido": 15, "incidencia": 15, "consulta": 15,
    }  # fmt: skip
    assert report["metrics"]["accuracy"] > 0.9


async def test_mails_that_nobody_labelled_teach_what_words_mean(
    flow: Flow, trainer: Trainer
) -> None:
    await store_labelled(flow, texts(45))
    await handle_mails(flow, [
        raw_mail(subject="dudoso", body=text, message_id=f"<archivo{n}@x.org>")
        for n, (text, _) in enumerate(texts(60, start=100))
    ])  # fmt: skip
    training = await train(flow, trainer)
    async with flow.db.transaction() as db:
        report = await models.report(db, training.version or "")
    assert (report["trained_on"]["own"], report["trained_on"]["unlabelled"]) == (45, 60)


async def test_a_better_model_takes_the_place_of_the_one_at_work(
    flow: Flow, trainer: Trainer
) -> None:
    await store_labelled(flow, texts(15))
    first = await train(flow, trainer)
    await store_labelled(flow, texts(60, start=15))
    second = await train(flow, trainer)
    assert second.promoted, second.why
    assert "each judged for both by a model that had not seen it" in second.why
    async with flow.db.transaction() as db:
        model = await models.at_work(db)
    assert model is not None
    assert (model.version, model.parent) == (second.version, first.version)


async def test_a_model_that_does_worse_on_mails_which_neither_has_seen_is_kept_back(
    flow: Flow, trainer: Trainer
) -> None:
    names = ["pedido", "incidencia", "consulta"]
    chance = random.Random(1)
    nonsense = [(text, chance.choice(names)) for text, _ in texts(66)]
    await store_labelled(flow, nonsense[:60])
    first = await train(flow, trainer)
    async with flow.db.transaction() as db:  # as if that one had guessed every label
        await db.execute("UPDATE lessons SET predicted = label")
    await store_labelled(flow, nonsense[60:])
    second = await train(flow, trainer)
    assert second.promoted is False, second.why
    assert "It is worse, and kept back." in second.why
    async with flow.db.transaction() as db:
        model = await models.at_work(db)
        kept = await models.get(db, second.version or "")
    assert model is not None
    assert model.version == first.version
    assert kept.why == second.why


async def test_an_older_model_can_be_brought_back(flow: Flow, trainer: Trainer) -> None:
    await store_labelled(flow, texts(15))
    first = await train(flow, trainer)
    await store_labelled(flow, texts(60, start=15))
    await train(flow, trainer)
    async with flow.db.transaction() as db:
        await promote(db, flow.queue, first.version or "", by="ana", why="It was better.")
    async with flow.db.transaction() as db:
        model = await models.at_work(db)
    assert model is not None
    assert (model.version, model.chosen_by) == (first.version, "ana")


async def test_a_version_that_a_training_put_to_work_was_chosen_by_nobody(
    flow: Flow, trainer: Trainer
) -> None:
    await store_labelled(flow, texts(15))
    await train(flow, trainer)
    async with flow.db.transaction() as db:
        model = await models.at_work(db)
    assert model is not None
    assert (model.promoted_at is not None, model.chosen_by) == (True, None)


async def test_a_version_that_this_program_cannot_read_is_not_put_to_work(
    flow: Flow, trainer: Trainer
) -> None:
    await store_labelled(flow, texts(15))
    first = await train(flow, trainer)
    async with flow.db.transaction() as db:
        await db.execute("""UPDATE models SET made_by = made_by || '{"recipe": "another"}'""")
    with pytest.raises(Invalid, match="another version of Buzón"):
        async with flow.db.transaction() as db:
            await promote(db, flow.queue, first.version or "", by="ana", why="")


async def test_what_each_model_would_have_said_unseen_is_kept_for_the_next_comparison(
    flow: Flow, trainer: Trainer
) -> None:
    ids = await store_labelled(flow, texts(45))
    training = await train(flow, trainer)
    async with flow.db.transaction() as db:
        learnt = await lessons.of(db, training.version or "")
    assert set(learnt) == set(ids)
    assert all(said is not None for _, said in learnt.values())


async def test_two_labels_for_one_text_are_told_and_the_newer_counts(
    flow: Flow, trainer: Trainer
) -> None:
    await store_labelled(flow, texts(45))
    text = texts(1)[0][0]
    (again,) = await store_labelled(flow, [(f"  {text.upper()}", "consulta")])
    training = await train(flow, trainer)
    async with flow.db.transaction() as db:
        report = await models.report(db, training.version or "")
    ((*_, last),) = report["trained_on"]["contradictions"]
    assert last == str(again)
    assert report["trained_on"]["own"] == 45


async def test_too_few_labels_end_the_training_in_a_sentence_and_the_model_stays(
    flow: Flow, trainer: Trainer
) -> None:
    await store_labelled(flow, texts(45))
    first = await train(flow, trainer)
    async with flow.db.transaction() as db:
        for labelled in await labels.learnable(db):
            if labelled.event_id > 4:
                await labels.put(db, [labelled.event_id], None)
    failed = await train(flow, trainer)
    assert failed.state == "failed"
    assert "two categories with 5 examples" in failed.why
    assert failed.reason is not None
    assert failed.reason.values["fewest"] == 5
    assert failed.reason.text == failed.why
    async with flow.db.transaction() as db:
        model = await models.at_work(db)
    assert model is not None
    assert model.version == first.version


async def test_a_model_that_somebody_puts_to_work_meanwhile_stays_there(
    flow: Flow, trainer: Trainer
) -> None:
    await store_labelled(flow, texts(15))
    first = await train(flow, trainer)
    await store_labelled(flow, texts(60, start=15))
    second = await train(flow, trainer)
    await store_labelled(flow, texts(30, start=75))
    await ask_for_training(flow.db, flow.queue, "ana", with_starter=False)
    running = asyncio.create_task(trainer.run())
    while not _children():
        await asyncio.sleep(0.01)
    async with flow.db.transaction() as db:
        await promote(db, flow.queue, first.version or "", by="eva", why="It was better.")
    await running
    async with flow.db.transaction() as db:
        training = await trainings.last(db)
        model = await models.at_work(db)
    assert second.promoted
    assert training is not None
    assert (training.promoted, "meanwhile" in training.why) == (False, True)
    assert model is not None
    assert model.version == first.version


async def test_without_a_new_label_nothing_changes(flow: Flow, trainer: Trainer) -> None:
    await store_labelled(flow, texts(45))
    first = await train(flow, trainer)
    again = await train(flow, trainer)
    assert (again.version, again.promoted) == (first.version, False)
    assert "Nothing was labelled since" in again.why
    async with flow.db.transaction() as db:
        assert (await models.get(db, first.version or "")).why == first.why


async def test_an_error_that_nobody_foresaw_ends_the_training_too(
    flow: Flow, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_memory(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(apart, "teach", no_memory)
    training = await train(flow, trainer)
    assert training.state == "failed"
    assert "Cannot allocate memory" in training.why


async def test_one_training_at_a_time_is_asked_for(flow: Flow) -> None:
    id = await ask_for_training(flow.db, flow.queue, "ana")
    with pytest.raises(Conflict, match=f"Training {id} is under way"):
        await ask_for_training(flow.db, flow.queue, "eva")


async def test_a_training_that_another_process_is_at_is_left_to_it(
    flow: Flow, trainer: Trainer
) -> None:
    await ask_for_training(flow.db, flow.queue, "ana")
    other = locks.Lock(flow.db, locks.TRAINING, 0)
    assert await other.try_take()
    await trainer.run()
    await other.release()
    async with flow.db.transaction() as db:
        training = await trainings.last(db)
    assert training is not None
    assert training.state == "waiting"


async def test_a_training_whose_process_is_killed_fails_with_a_sentence(
    flow: Flow, trainer: Trainer
) -> None:
    await store_labelled(flow, texts(45))
    await ask_for_training(flow.db, flow.queue, "ana", with_starter=False)
    running = asyncio.create_task(trainer.run())
    while not (children := _children()):
        await asyncio.sleep(0.01)
    for child in children:
        os.kill(child, signal.SIGKILL)
    await running
    async with flow.db.transaction() as db:
        training = await trainings.last(db)
    assert training is not None
    assert training.state == "failed"
    assert "memory" in training.why


async def test_a_training_that_a_dead_process_left_is_begun_again(
    flow: Flow, trainer: Trainer
) -> None:
    await store_labelled(flow, texts(45))
    await ask_for_training(flow.db, flow.queue, "ana", with_starter=False)
    async with flow.db.transaction() as db:
        await trainings.start(db)
    await trainer.run()
    async with flow.db.transaction() as db:
        training = await trainings.last(db)
    assert training is not None
    assert training.state == "done"


def _children() -> list[int]:
    """The processes that train."""
    return [child.pid for child in multiprocessing.active_children() if child.pid]

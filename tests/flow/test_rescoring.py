"""After a promotion, what waits for a person is scored again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from buzon.flow import Flow, Lottery, handle_mails, label
from buzon.flow.promise import fill_up
from buzon.flow.rescoring import rescore
from buzon.records import Event, Prediction
from buzon.store import audits, events, scores
from peers.flows import StubClassifier, raw_mail
from peers.lessons import MADRID


class NextClassifier(StubClassifier):
    """Another version, which is sure of what the first one doubted."""

    version = "stub-2"

    def _one(self, subject: str) -> Prediction:
        return super()._one(subject.replace("dudoso", ""))


async def mails(flow: Flow, *subjects: str) -> list[int]:
    handled = await handle_mails(
        flow, [raw_mail(subject=s, message_id=f"<{n}@x.org>") for n, s in enumerate(subjects)]
    )
    return [each.event_id or 0 for each in handled]


async def event(flow: Flow, id: int) -> Event:
    async with flow.db.transaction() as db:
        found = await events.get(db, id)
    assert found is not None
    return found


async def test_open_mails_get_the_new_model_s_word_and_the_old_one_stays_known(flow: Flow) -> None:
    (id,) = await mails(flow, "Pedido dudoso")
    flow.at_work.change(classifier=NextClassifier())
    assert await rescore(flow) == 1
    now = await event(flow, id)
    assert (now.model_version, now.confidence, now.needs_review) == ("stub-2", 0.96, False)
    async with flow.db.transaction() as db:
        said = [(s.model_version, s.confidence) for s in await scores.history(db, id)]
    assert said == [("stub-1", 0.4), ("stub-2", 0.96)]


async def test_what_is_labelled_or_was_handled_alone_is_left_as_it_is(flow: Flow) -> None:
    labelled, alone = await mails(flow, "Pedido dudoso", "Pedido")
    await label(flow.db, [labelled], "consulta", "ana")
    flow.at_work.change(classifier=NextClassifier())
    assert await rescore(flow) == 0
    assert (await event(flow, alone)).model_version == "stub-1"


async def test_scoring_again_is_done_once(flow: Flow) -> None:
    flow.at_work.change(threshold=0.99)
    (id,) = await mails(flow, "Pedido")
    flow.at_work.change(classifier=NextClassifier())
    assert [await rescore(flow), await rescore(flow)] == [1, 0]
    assert (await event(flow, id)).needs_review


async def test_more_mails_than_a_batch_are_all_scored(flow: Flow) -> None:
    await mails(flow, *(f"Asunto dudoso {n}" for n in range(1100)))
    flow.at_work.change(classifier=NextClassifier())
    assert await rescore(flow) == 1100


async def test_the_lot_still_falls_on_mails_that_no_longer_wait(flow: Flow) -> None:
    ids = await mails(flow, *(f"Asunto dudoso {n}" for n in range(1000)))
    flow.at_work.change(classifier=NextClassifier())
    await rescore(flow)
    waiting = {id for id in ids if (await event(flow, id)).needs_review}
    assert waiting == {id for id in ids if flow.lottery.draws(id)}
    assert 20 < len(waiting) < 90


async def test_what_is_handled_alone_after_all_is_audited_by_the_new_model_s_word(
    flow: Flow,
) -> None:
    await mails(flow, *(f"Asunto dudoso {n}" for n in range(400)))
    flow.at_work.change(classifier=NextClassifier())
    await rescore(flow)
    async with flow.db.transaction() as db:
        rows = await (
            await db.execute("SELECT DISTINCT model_version, confidence >= threshold FROM audits")
        ).fetchall()
    assert rows == [("stub-2", True)]


async def test_what_was_handled_alone_is_audited_by_what_was_said_then(flow: Flow) -> None:
    flow = replace(flow, lottery=Lottery(b"any", part=1.0))
    await mails(flow, "Pedido")
    flow.at_work.change(classifier=NextClassifier(), threshold=0.99)
    assert await rescore(flow) == 1
    async with flow.db.transaction() as db:
        rows = await (
            await db.execute("SELECT model_version, confidence >= threshold FROM audits")
        ).fetchall()
    assert rows == [("stub-1", True)]


async def test_mails_that_filled_up_a_quiet_day_still_wait_for_a_person(flow: Flow) -> None:
    await mails(flow, "Pedido", "Pedido dudoso", "Pedido 3")
    await fill_up(flow, MADRID, datetime.now(UTC) + timedelta(days=1))
    flow.at_work.change(classifier=NextClassifier())
    assert await rescore(flow) == 3
    async with flow.db.transaction() as db:
        assert await audits.waiting(db) == 3
        rows = await (
            await db.execute("SELECT model_version FROM audits ORDER BY event_id")
        ).fetchall()
    assert rows == [("stub-1",), ("stub-2",), ("stub-1",)]


async def test_imported_mails_take_no_part_in_the_lot(flow: Flow) -> None:
    imported = [
        raw_mail(subject="dudoso", message_id=f"<{n}@x.org>", source="import") for n in range(300)
    ]
    await handle_mails(flow, imported)
    flow.at_work.change(classifier=NextClassifier())
    assert await rescore(flow) == 300
    async with flow.db.transaction() as db:
        assert await (await db.execute("SELECT FROM audits")).fetchall() == []


async def test_no_answer_is_sent_for_a_mail_that_is_scored_again(flow: Flow) -> None:
    (id,) = await mails(flow, "Pedido dudoso")
    before = (await event(flow, id)).reply
    flow.at_work.change(classifier=NextClassifier())
    await rescore(flow)
    assert (await event(flow, id)).reply == before

"""When a training is due without anybody asking."""

from datetime import UTC, datetime, time, timedelta

from buzon.flow import Flow, Schedule
from buzon.store import trainings
from peers.lessons import MADRID, lessons, store_labelled

NIGHTLY = Schedule(at=time(3), after=50, timezone=MADRID)
NEVER = Schedule(at=None, after=0, timezone=MADRID)


async def due(flow: Flow, schedule: Schedule, later: timedelta = timedelta()) -> str | None:
    async with flow.db.transaction() as db:
        return await schedule.due(db, datetime.now(UTC) + later)


async def trained(flow: Flow) -> None:
    async with flow.db.transaction() as db:
        await trainings.ask(db, "ana")
        await trainings.start(db)
        await db.execute(
            "UPDATE trainings SET state = 'done', finished_at = now(), started_at = now()"
        )


async def test_nothing_is_due_where_nobody_labelled_anything(flow: Flow) -> None:
    assert await due(flow, NIGHTLY) is None
    await store_labelled(flow, lessons(5))
    await trained(flow)
    assert await due(flow, NIGHTLY, timedelta(days=3)) is None


async def test_a_single_label_is_learnt_the_next_night(flow: Flow) -> None:
    await trained(flow)
    await store_labelled(flow, lessons(1))
    assert await due(flow, NIGHTLY) is None
    assert await due(flow, NIGHTLY, timedelta(days=1)) == "each night"


async def test_the_first_labels_of_a_new_buzon_wait_for_the_night(flow: Flow) -> None:
    await store_labelled(flow, lessons(1))
    assert await due(flow, NIGHTLY) is None
    assert await due(flow, NIGHTLY, timedelta(days=1)) == "each night"


async def test_after_fifty_corrections_one_does_not_wait_for_the_night(flow: Flow) -> None:
    await trained(flow)
    await store_labelled(flow, lessons(49))
    assert await due(flow, NIGHTLY) is None
    await store_labelled(flow, lessons(1, start=49))
    assert await due(flow, NIGHTLY) == "after corrections"


async def test_what_a_training_failed_to_learn_is_learnt_the_next_night(flow: Flow) -> None:
    await store_labelled(flow, lessons(1))
    await trained(flow)
    async with flow.db.transaction() as db:
        await db.execute("UPDATE trainings SET state = 'failed'")
    assert await due(flow, NIGHTLY) is None
    assert await due(flow, NIGHTLY, timedelta(days=1)) == "each night"


async def test_nothing_is_due_while_a_training_is_open(flow: Flow) -> None:
    await store_labelled(flow, lessons(60))
    async with flow.db.transaction() as db:
        await trainings.ask(db, "ana")
    assert await due(flow, NIGHTLY) is None


async def test_who_wants_none_gets_none(flow: Flow) -> None:
    await store_labelled(flow, lessons(60))
    assert await due(flow, NEVER, timedelta(days=3)) is None

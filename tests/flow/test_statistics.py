"""A period's figures beside those of the period before, and what can't be told yet."""

from datetime import UTC, date, datetime, timedelta

import pytest

from buzon.errors import Invalid
from buzon.flow import Flow, Statistics, Wanted, handle_mails, label, statistics
from buzon.flow.statistics import percentile
from buzon.records import RawMail
from buzon.store.statistics import Bucket
from peers.flows import raw_mail

NOW = datetime(2026, 11, 10, 11, 30, tzinfo=UTC)  # 12:30 in Madrid
TODAY = date(2026, 11, 10)


def mails(*ages: timedelta) -> list[RawMail]:
    return [
        raw_mail(message_id=f"<{n}-{age}@x.org>", sender=f"c{n}@x.org", arrived_at=NOW - age)
        for n, age in enumerate(ages)
    ]


async def told(flow: Flow, wanted: Wanted) -> Statistics:
    return await statistics(flow.db, wanted, NOW)


async def test_without_a_mail_nothing_is_told_and_nothing_fails(flow: Flow) -> None:
    found = await told(flow, Wanted())
    assert (found.first, found.last) == (TODAY - timedelta(days=29), TODAY)
    assert (found.mails, found.volume.before, found.to_review) == (0, None, 0)
    assert found.accuracy.all is None
    assert found.median.now is None
    assert found.answered.now is None
    assert found.drift_known_from is None
    assert len(found.steps) == 30


async def test_today_is_compared_with_the_same_hours_of_yesterday(flow: Flow) -> None:
    hour, day = timedelta(hours=1), timedelta(days=1)
    ages = [0 * hour, 2 * hour, 3 * hour, day - hour, day, day + 2 * hour, 3 * day]
    await handle_mails(flow, mails(*ages))
    found = await told(flow, Wanted(1))
    assert found.mails == 3
    # At 12:30 the hours until 12:00 are over: of yesterday's three mails one came in these.
    assert (found.volume.now, found.volume.before) == (2, 1)
    assert found.unit == "hour"
    assert {step.at: step.before for step in found.steps}["2026-11-10T12:00"] == 1


async def test_a_period_without_a_whole_one_before_it_is_compared_with_nothing(flow: Flow) -> None:
    await handle_mails(flow, mails(timedelta(0), timedelta(days=8)))
    assert (await told(flow, Wanted(7))).volume.before is None
    assert (await told(flow, Wanted(4))).volume.before == 0


@pytest.mark.parametrize(
    ("first", "unit", "steps", "begins"),
    [
        (date(2026, 11, 10), "hour", 24, "2026-11-10T00:00"),
        (date(2026, 10, 1), "day", 41, "2026-10-01"),
        (date(2026, 6, 3), "week", 24, "2026-06-03"),
        (date(2020, 6, 3), "month", 78, "2020-06-03"),
    ],
)
async def test_a_period_has_some_dozens_of_steps(
    flow: Flow, first: date, unit: str, steps: int, begins: str
) -> None:
    await handle_mails(flow, mails(timedelta(0)))
    found = await told(flow, Wanted(first=first, last=TODAY))
    assert (found.unit, len(found.steps), found.steps[0].at) == (unit, steps, begins)
    assert sum(sum(step.categories.values()) for step in found.steps) == found.mails == 1


async def test_what_is_drawn_of_a_young_service_begins_with_its_first_mail(flow: Flow) -> None:
    await handle_mails(flow, mails(timedelta(0)))
    one_day = await told(flow, Wanted(30, to_be_drawn=True))
    assert (one_day.unit, len(one_day.steps)) == ("hour", 24)
    assert one_day.steps[12].categories.values()
    assert one_day.first == TODAY - timedelta(days=29)
    await handle_mails(flow, mails(timedelta(days=3)))
    four_days = await told(flow, Wanted(30, to_be_drawn=True))
    assert (four_days.unit, four_days.steps[0].at) == ("day", "2026-11-07")
    assert len(four_days.steps) == 4


async def test_accuracy_is_told_from_audits_that_a_person_checked_and_from_no_others(
    flow: Flow,
) -> None:
    handled = await handle_mails(flow, mails(*[timedelta(0)] * 3))
    ids = [each.event_id or 0 for each in handled]
    await label(flow.db, ids, "consulta", "ana")
    assert (await told(flow, Wanted())).accuracy.all is None
    async with flow.db.transaction() as db:
        await db.execute(
            "INSERT INTO audits (event_id, probability, category, confidence, model_version,"
            " threshold) SELECT id, 0.05, category, confidence, '1', 0.75 FROM events"
            " WHERE id = ANY(%s)",
            [ids[:2]],
        )
    await label(flow.db, ids[:1], "pedido", "ana")
    found = (await told(flow, Wanted())).accuracy
    assert found.all is not None
    assert (found.all.n, found.all.accuracy) == (2, 0.5)
    assert found.all.low < 0.5 < found.all.high
    assert found.alone == found.all == found.by_category["consulta"]


async def test_imported_mails_count_but_are_none_that_was_not_answered(flow: Flow) -> None:
    imported = [
        raw_mail(message_id=f"<{n}@x.org>", source="import", arrived_at=NOW) for n in range(3)
    ]
    await handle_mails(flow, imported)
    found = await told(flow, Wanted(7))
    assert found.mails == 3
    assert found.answers.none == 0
    assert found.answered.now is None


def test_a_percentile_lies_in_the_bucket_of_the_answer_that_it_names() -> None:
    buckets = [Bucket(1.0, 1.19, 90), Bucket(4.0, 4.76, 10)]
    assert 1.0 < (percentile(buckets, 0.5) or 0) < 1.19
    assert 4.0 < (percentile(buckets, 0.95) or 0) < 4.76
    assert percentile([], 0.5) is None


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(first=TODAY, last=TODAY - timedelta(days=1)), "before it begins"),
        (Wanted(first=date(2000, 1, 1)), "ten years at most"),
        (Wanted(first=date(9999, 1, 1), last=date(9999, 12, 31)), "no figures"),
        (Wanted(first=date(1, 1, 1), last=date(1, 1, 2)), "no figures"),
        (Wanted(last=date(1, 1, 2)), "before it begins"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused_with_the_reason(wanted: Wanted, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        wanted.span(TODAY)

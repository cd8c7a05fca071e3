"""Categories switched off and quiet hours, from the page's wish to the customer's mail."""

from datetime import UTC, datetime, time, timedelta

import pytest

from buzon.errors import Invalid, NotFound
from buzon.flow import (
    Courier,
    Flow,
    answers,
    rename_category,
    set_quiet,
    switch,
)
from buzon.mail.quiet import WHOLE_DAY, Hours, Quiet
from buzon.mail.smtp import Outgoing, Server
from buzon.records import Template
from buzon.store.db import Database
from flow.conftest import event_of, follow
from peers.flows import StubClassifier, make_flow


async def quiet_now(flow: Flow) -> None:
    """Quiet for the next hours, at least until midnight."""
    zone = flow.policy.default_identity.timezone
    today = datetime.now(zone).date()
    days = frozenset({today, today + timedelta(days=1)})
    await set_quiet(flow, Quiet({}, days), "Ana")
    await follow(flow)


async def test_a_category_that_is_switched_off_is_not_answered_until_it_is_on_again(
    flow: Flow,
) -> None:
    await switch(flow.db, "consulta", False, "Ana")
    await follow(flow)
    silent = await event_of(flow)
    assert (silent.answered, silent.signs[0].rule) == (False, "category-off")
    await switch(flow.db, "consulta", True, "Ana")
    await follow(flow)
    assert (await event_of(flow, message_id="<2@x.org>")).answered


async def test_the_category_that_is_never_answered_can_t_be_switched_on(flow: Flow) -> None:
    with pytest.raises(Invalid, match="never answered"):
        await switch(flow.db, "otro", True, "Ana")
    with pytest.raises(NotFound):
        await switch(flow.db, "quejas", True, "Ana")


async def test_a_renamed_category_keeps_its_text_and_its_silence(flow: Flow) -> None:
    await answers.save(flow, Template("consulta", "es", "", "Sobre su consulta"), 0, "Ana")
    await switch(flow.db, "consulta", False, "Ana")
    await rename_category(flow.db, "consulta", "pregunta", "Ana")
    await follow(flow)
    answering = flow.at_work.rules.answering
    assert answering.templates.of("pregunta", "es").text == "Sobre su consulta"
    assert "pregunta" in answering.switched_off


async def test_in_quiet_hours_an_answer_waits_until_they_end(flow: Flow) -> None:
    await quiet_now(flow)
    event = await event_of(flow)
    assert event.reply is not None
    assert event.reply.status == "queued"
    assert event.reply.quiet_until == flow.quiet_until()
    async with flow.db.transaction() as db:
        rows = await db.execute(
            "SELECT due_at = quiet_until, released_at = quiet_until FROM outbox"
        )
        assert await rows.fetchall() == [(True, True)]


async def test_what_the_cap_held_back_is_let_go_when_the_quiet_hours_end(
    db: Database, classifier: StubClassifier
) -> None:
    held = await make_flow(db, classifier, replies_per_hour=0)
    await event_of(held)
    flow = await make_flow(db, classifier)
    await quiet_now(flow)
    courier = Courier(flow, Outgoing(Server(host="127.0.0.1", port=1)))
    await courier.tend()
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT status, due_at, quiet_until FROM outbox")
        assert await rows.fetchall() == [("queued", flow.quiet_until(), flow.quiet_until())]


async def test_what_waits_in_quiet_hours_counts_for_the_global_cap(
    db: Database, classifier: StubClassifier
) -> None:
    flow = await make_flow(db, classifier, replies_per_hour=1)
    await quiet_now(flow)
    first = await event_of(flow)
    second = await event_of(flow, sender="b@x.org", message_id="<2@x.org>")
    assert [e.reply.status for e in (first, second) if e.reply] == ["queued", "held"]


async def test_when_the_quiet_hours_are_taken_back_what_waits_is_due(flow: Flow) -> None:
    await quiet_now(flow)
    await event_of(flow)
    await set_quiet(flow, Quiet(), "Ana")
    async with flow.db.transaction() as db:
        rows = await db.execute("SELECT due_at <= now() FROM outbox")
        assert await rows.fetchall() == [(True,)]


async def test_quiet_times_of_more_than_four_days_are_refused(flow: Flow) -> None:
    with pytest.raises(Invalid, match="more than four days"):
        await set_quiet(flow, Quiet(dict.fromkeys(range(7), WHOLE_DAY)), "Ana")
    weekend = dict.fromkeys(range(5), Hours(time(18), time(9))) | {5: WHOLE_DAY, 6: WHOLE_DAY}
    await set_quiet(flow, Quiet(weekend), "Ana")


async def test_days_that_are_over_are_left_out(flow: Flow) -> None:
    today = datetime.now(UTC).date()
    old, new = today - timedelta(days=30), today + timedelta(days=30)
    await set_quiet(flow, Quiet({}, frozenset({old, new})), "Ana")
    await follow(flow)
    assert flow.at_work.rules.answering.quiet.days == {new}


async def test_what_is_kept_does_not_wait(db: Database, classifier: StubClassifier) -> None:
    flow = await make_flow(db, classifier, sends=False)
    await quiet_now(flow)
    event = await event_of(flow)
    assert event.reply is not None
    assert event.reply.quiet_until is None

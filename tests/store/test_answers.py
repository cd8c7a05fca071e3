"""Templates in versions, quiet times, tests that are counted, and what the limits held back."""

from datetime import date, datetime, time, timedelta

import pytest

from buzon.errors import Conflict, NotFound
from buzon.flow import Flow, handle_mails
from buzon.records import Template
from buzon.store import (
    answer_templates,
    categories,
    events,
    held_back,
    outbox,
    quiet_times,
    test_mails,
    users,
)
from buzon.store.db import ContentRefused, Database
from peers.flows import StubClassifier, make_flow, raw_mail

OWN = Template("pedido", "es", "", "Hola")
WEEK = timedelta(days=7)


async def add(db: Database, template: Template = OWN, after: int = 0) -> int:
    async with db.transaction() as connection:
        return await answer_templates.add(connection, template, after, "Ana")


async def at_work(db: Database) -> list[Template]:
    async with db.transaction() as connection:
        return await answer_templates.at_work(connection)


async def test_the_last_version_is_at_work_and_none_is_lost(db: Database) -> None:
    assert await add(db) == 1
    assert await add(db, Template("pedido", "es", "Ya está", "Adiós"), 1) == 2
    assert await add(db, Template("pedido", "en", "", "Hello")) == 1
    assert await at_work(db) == [
        Template("pedido", "en", "", "Hello", 1),
        Template("pedido", "es", "Ya está", "Adiós", 2),
    ]
    async with db.transaction() as connection:
        past = await answer_templates.history(connection, "pedido", "es")
    assert [(one.version, one.text, one.made_by) for one in past] == [
        (2, "Adiós", "Ana"),
        (1, "Hola", "Ana"),
    ]


async def test_an_older_version_is_brought_back_as_a_new_one(db: Database) -> None:
    await add(db)
    await add(db, Template("pedido", "es", "", "Adiós"), 1)
    async with db.transaction() as connection:
        assert await answer_templates.bring_back(connection, "pedido", "es", 1, 2, "Eva") == 3
        past = await answer_templates.history(connection, "pedido", "es")
    assert [(one.version, one.text, one.restores) for one in past] == [
        (3, "Hola", 1), (2, "Adiós", None), (1, "Hola", None),
    ]  # fmt: skip


async def test_going_back_to_what_comes_with_buzon_is_a_version_too(db: Database) -> None:
    await add(db)
    async with db.transaction() as connection:
        await answer_templates.bring_back(connection, "pedido", "es", 0, 1, "Eva")
    assert await at_work(db) == []
    assert await add(db, OWN, 2) == 3
    assert [one.version for one in await at_work(db)] == [3]


async def test_who_was_slower_is_told_so_and_overwrites_nothing(db: Database) -> None:
    await add(db)
    async with db.transaction() as connection:
        with pytest.raises(Conflict, match="Somebody else changed this answer"):
            await answer_templates.add(connection, Template("pedido", "es", "", "x"), 0, "Eva")
        with pytest.raises(NotFound):
            await answer_templates.bring_back(connection, "pedido", "es", 7, 1, "Eva")
    assert await at_work(db) == [Template("pedido", "es", "", "Hola", 1)]


async def test_a_renamed_category_takes_its_answers_along_but_overwrites_none(
    db: Database,
) -> None:
    await add(db)
    await add(db, Template("pedido", "en", "", "Hello"))
    await add(db, Template("compra", "en", "", "Good morning"))
    async with db.transaction() as connection:
        await answer_templates.hand_over(connection, "pedido", "compra", "Ana")
    found = {(one.category, one.language): one.text for one in await at_work(db)}
    assert found["compra", "es"] == "Hola"
    assert found["compra", "en"] == "Good morning"


async def test_quiet_times_are_those_that_were_put_last(db: Database) -> None:
    night = (time(20), time(8))
    async with db.transaction() as connection:
        await quiet_times.put(connection, ([(0, *night), (1, *night)], [date(2026, 12, 25)]))
        await quiet_times.put(
            connection, ([(1, *night), (2, time(0), time(0))], [date(2027, 1, 1)])
        )
        week, days = await quiet_times.listed(connection)
    assert week == [(1, *night), (2, time(0), time(0))]
    assert days == [date(2027, 1, 1)]


async def test_what_stays_quiet_is_not_written_anew(db: Database) -> None:
    times = ([(0, time(20), time(8))], [date(2026, 12, 25)])
    rows = []
    for _ in range(2):
        async with db.transaction() as connection:
            await quiet_times.put(connection, times)
            found = await connection.execute("SELECT ctid::text FROM quiet_times ORDER BY weekday")
            rows.append(await found.fetchall())
    assert rows[0] == rows[1]


async def test_the_category_that_is_never_answered_can_t_be_switched_on(db: Database) -> None:
    with pytest.raises(ContentRefused):
        async with db.transaction() as connection:
            await categories.set_answered(connection, "otro", True)
    async with db.transaction() as connection:
        await categories.set_answered(connection, "consulta", False)
        found = {c.name: c.answered for c in await categories.listed(connection)}
    assert found == {
        "pedido": True, "incidencia": True, "consulta": False, "reclamacion": True, "otro": False,
    }  # fmt: skip


async def test_ten_tests_an_hour_are_counted_for_each_user(db: Database) -> None:
    async with db.transaction() as connection:
        ana = (await users.add(connection, "ana@example.com", "Ana", "administrator")).id
        eva = (await users.add(connection, "eva@example.com", "Eva", "administrator")).id
        assert [await test_mails.count(connection, ana, 3) for _ in range(3)] == [0, 0, 0]
        assert 3500 < await test_mails.count(connection, ana, 3) <= 3600
        assert await test_mails.count(connection, eva, 3) == 0
        await connection.execute("UPDATE test_mails SET at = at - interval '61 minutes'")
        assert await test_mails.count(connection, ana, 3) == 0


async def test_what_the_limits_held_back_is_listed_with_its_rule(
    db: Database, classifier: StubClassifier
) -> None:
    flow = await make_flow(db, classifier, replies_per_hour=3)
    mails = [raw_mail(subject=f"Asunto {n}", message_id=f"<{n}@x.org>") for n in range(3)]
    mails += [
        raw_mail(subject="Otro", sender=f"c{n}@x.org", message_id=f"<o{n}@x.org>") for n in range(2)
    ]
    mails += [
        raw_mail(subject="Consulta", sender=f"d{n}@x.org", message_id=f"<d{n}@x.org>")
        for n in range(3)
    ]
    await handle_mails(flow, mails)
    async with db.transaction() as connection:
        found = await held_back.newest(connection, WEEK, 10)
        assert await held_back.counts(connection, WEEK) == {"global-cap": 2, "sender-hour": 1}
    assert [(one.sender, one.rule, one.waits) for one in found] == [
        ("d2@x.org", "global-cap", True),
        ("d1@x.org", "global-cap", True),
        ("ana@example.org", "sender-hour", False),
    ]


async def test_what_waited_too_long_for_room_stays_in_the_list_for_a_week(
    db: Database, classifier: StubClassifier
) -> None:
    flow = await make_flow(db, classifier, replies_per_hour=0)
    await handle_mails(flow, [raw_mail()])
    async with db.transaction() as connection:
        await connection.execute("UPDATE outbox SET created_at = now() - interval '2 days'")
        await outbox.release_held(connection, 0, timedelta(days=1))
        (one,) = await held_back.newest(connection, WEEK, 10)
        assert (one.rule, one.waits) == ("global-cap", False)
        assert await held_back.newest(connection, timedelta(days=1), 10) == []


async def test_what_a_machine_sent_too_often_was_not_held_back_by_the_limits(
    flow: Flow, db: Database
) -> None:
    mails = [raw_mail(subject=f"Asunto {n}", message_id=f"<{n}@x.org>") for n in range(2)]
    robot = raw_mail(
        subject="Asunto 9", message_id="<9@x.org>", headers="Auto-Submitted: auto-generated"
    )
    await handle_mails(flow, [*mails, robot])
    async with db.transaction() as connection:
        assert await held_back.counts(connection, WEEK) == {}


async def test_mails_to_try_an_answer_on_are_the_last_of_its_category_and_language(
    flow: Flow, db: Database
) -> None:
    bodies = {"es": "Hola, quería saber a qué hora abren.", "en": "Hello, when do you open?"}
    for n, (subject, language) in enumerate(
        (("Pedido", "es"), ("Pedido", "en"), ("Consulta", "es"), ("Pedido", "es"))
    ):
        mail = raw_mail(subject=subject, body=bodies[language], message_id=f"<{n}@x.org>")
        await handle_mails(flow, [mail])
    async with db.transaction() as connection:
        found = await events.lately_in(connection, "pedido", "es", 5, 100)
        assert [event.message_id for event in found] == ["3@x.org", "0@x.org"]
        every = await events.lately_in(connection, None, "es", 2, 100)
        assert [event.message_id for event in every] == ["3@x.org", "2@x.org"]
        assert await events.lately_in(connection, "pedido", "es", 5, 1) == found[:1]
        assert await events.lately_in(connection, "pedido", "fr", 5, 100) == []


async def test_what_is_quiet_is_not_due_before_and_expires_two_days_after(
    flow: Flow, db: Database
) -> None:
    await handle_mails(flow, [raw_mail()])
    async with db.transaction() as connection:
        now = await (await connection.execute("SELECT now()")).fetchone()
        assert now is not None
        morning: datetime = now[0] + timedelta(hours=60)
        await connection.execute(
            "UPDATE outbox SET quiet_until = %s, due_at = %s, released_at = %s",
            [morning, morning, morning],
        )
        assert await outbox.quiet(connection) == 1
        assert await outbox.claim(connection, 1, 5) == []
        for hours, given_up in ((60, 0), (107, 0), (109, 1)):  # 48 h after the 60th
            await connection.execute(
                "UPDATE outbox SET created_at = now() - %(ago)s,"
                " quiet_until = now() - %(ago)s + interval '60 hours'",
                {"ago": timedelta(hours=hours)},
            )
            assert len(await outbox.expire(connection, timedelta(days=2))) == given_up


async def test_when_quiet_hours_change_what_waits_for_them_follows(
    flow: Flow, db: Database
) -> None:
    await handle_mails(flow, [raw_mail()])
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE outbox SET quiet_until = now() + interval '9 hours',"
            " due_at = now() + interval '9 hours'"
        )
        row = await (await connection.execute("SELECT now() + interval '3 hours'")).fetchone()
        assert row is not None
        assert len(await outbox.wait_until(connection, row[0])) == 1
        assert await outbox.quiet(connection) == 1
        assert len(await outbox.wait_until(connection, None)) == 1
        assert await outbox.quiet(connection) == 0
        assert len(await outbox.claim(connection, 1, 5)) == 1

"""The figures of a period are those of its mails."""

from datetime import UTC, date, datetime, timedelta
from math import log2

import pytest

from buzon.flow import Flow, handle_mails, label
from buzon.records import RawMail
from buzon.store import rollups, statistics
from buzon.store.db import Connection, Database
from buzon.store.statistics import Span
from peers.flows import raw_mail

NOON = datetime(2026, 11, 10, 11, tzinfo=UTC)  # a Tuesday, 12:00 in Madrid
DAY = NOON.date()
TODAY = Span(DAY, DAY)


def mail(number: int, **changes: object) -> RawMail:
    at = {"arrived_at": NOON, "sender": f"c{number}@x.org"}
    return raw_mail(message_id=f"<{number}@x.org>", **(at | changes))  # type: ignore[arg-type]


async def test_a_mailbox_has_figures_of_its_own(flow: Flow, db: Database) -> None:
    await handle_mails(flow, [mail(1), mail(2, mailbox="ventas"), mail(3, mailbox="ventas")])
    async with db.transaction() as connection:
        assert await statistics.mailboxes(connection) == ["soporte@example.com", "ventas"]
        assert await statistics.by_day(connection, TODAY) == [(DAY, "consulta", 3)]
        ventas = Span(DAY, DAY, "ventas")
        assert await statistics.by_day(connection, ventas) == [(DAY, "consulta", 2)]
        assert await statistics.hours(connection, ventas) == [(2, 12, 2)]
        assert await statistics.first_day(connection) == DAY


async def test_both_periods_are_read_and_no_day_besides(flow: Flow, db: Database) -> None:
    days = [NOON - timedelta(days=n) for n in range(6)]
    await handle_mails(flow, [mail(n, arrived_at=at) for n, at in enumerate(days)])
    span = Span(DAY - timedelta(days=1), DAY)
    assert span.before == Span(DAY - timedelta(days=3), DAY - timedelta(days=2))
    async with db.transaction() as connection:
        found = await statistics.by_day(connection, span)
        assert sorted(day for day, *_ in found) == [d.date() for d in reversed(days[:4])]
        ((place, now, sure, before, _),) = await statistics.confidence(connection, span)
    assert (place, now, before) == (19, 2, 2)
    assert sure == 2 * 960_000


async def test_a_corrected_mail_counts_as_what_it_really_is(flow: Flow, db: Database) -> None:
    handled = await handle_mails(flow, [mail(1), mail(2), mail(3)])
    ids = [each.event_id or 0 for each in handled]
    await label(db, ids[:1], "pedido", "ana")
    await label(db, ids[1:2], "consulta", "ana")
    today = datetime.now(UTC).date()
    labelled = Span(today - timedelta(days=1), today + timedelta(days=1))
    async with db.transaction() as connection:
        found = await statistics.by_day(connection, TODAY)
        assert sorted(found) == [(DAY, "consulta", 2), (DAY, "pedido", 1)]
        assert await statistics.corrections(connection, labelled) == [
            ("consulta", "consulta", 1),
            ("consulta", "pedido", 1),
        ]
    await label(db, ids[:1], None, "ana")
    async with db.transaction() as connection:
        assert await statistics.by_day(connection, TODAY) == [(DAY, "consulta", 3)]
        assert len(await statistics.corrections(connection, labelled)) == 1


async def test_what_waits_for_a_person_is_counted_whenever_it_came(
    flow: Flow, db: Database
) -> None:
    old = NOON - timedelta(days=400)
    mails = [mail(1, subject="dudoso"), mail(2, subject="dudoso", arrived_at=old), mail(3)]
    handled = await handle_mails(flow, mails)
    async with db.transaction() as connection:
        assert await statistics.waiting(connection, None) == 2
        assert await statistics.waiting(connection, "ventas") == 0
    await label(db, [handled[0].event_id or 0], "pedido", "ana")
    async with db.transaction() as connection:
        assert await statistics.waiting(connection, None) == 1


async def test_answers_are_told_by_what_became_of_them_and_how_long_they_took(
    flow: Flow, db: Database
) -> None:
    await handle_mails(flow, [mail(n, arrived_at=datetime.now(UTC)) for n in range(6)])
    async with db.transaction() as connection:
        await connection.execute(
            "UPDATE outbox SET status = 'sent', sent_at = (SELECT received_at FROM events"
            " WHERE id = event_id) + interval '5 s' WHERE event_id IN"
            " (SELECT id FROM events WHERE sender IN ('c1@x.org', 'c2@x.org'))"
        )
        await connection.execute(
            "UPDATE outbox SET status = 'failed' WHERE event_id IN"
            " (SELECT id FROM events WHERE sender = 'c3@x.org')"
        )
        await connection.execute(  # one of them before it was noted when
            "UPDATE outbox SET status = 'handed',"
            " handed_at = CASE sender WHEN 'c4@x.org' THEN now() END"
            " FROM events e WHERE e.id = event_id AND sender IN ('c4@x.org', 'c5@x.org')"
        )
        today = datetime.now(UTC).date()
        span = Span(today, today + timedelta(days=1))
        found = {name: now for name, now, _ in await statistics.answers(connection, span)}
        assert found == {"sent": 3, "failed": 1, "waiting": 2}
        (bucket,), none = await statistics.reply_times(connection, span)
        assert bucket.at_least <= 5 < bucket.below
        assert (bucket.replies, none) == (2, [])
        view = await connection.execute("SELECT at_least, below, replies FROM v_reply_times")
        assert await view.fetchall() == [(bucket.at_least, bucket.below, 2)]


async def test_mails_by_day_are_told_as_the_view_does_before_and_after_adding_up(
    flow: Flow, db: Database
) -> None:
    subjects = ["pedido", "incidencia", "pedido"]
    handled = await handle_mails(flow, [mail(n, subject=s) for n, s in enumerate(subjects)])
    await label(db, [handled[0].event_id or 0], "otro", "ana")
    async with db.transaction() as connection:
        for _ in range(2):
            view = await connection.execute(
                "SELECT day, category, sum(mails)::bigint FROM v_categories_daily GROUP BY 1, 2"
            )
            told = sorted(await view.fetchall())
            assert sorted(await statistics.by_day(connection, TODAY)) == told
            assert sum(mails for *_, mails in told) == len(subjects)
            await rollups.fold(connection)


async def test_how_sure_the_model_was_is_told_as_the_view_does_before_and_after_adding_up(
    flow: Flow, db: Database
) -> None:
    for round_, subjects in enumerate((["pedido", "dudoso"], ["pedido", "incidencia", "dudoso"])):
        mails = [mail(10 * round_ + n, subject=text) for n, text in enumerate(subjects)]
        await handle_mails(flow, mails)
        async with db.transaction() as connection:
            view = await connection.execute(
                "SELECT at_least, sum(mails)::bigint, round(sum(confidence) * 1000000)::bigint"
                " FROM v_confidence_daily GROUP BY 1 ORDER BY 1"
            )
            told = [(float(at_least), *rest) for at_least, *rest in await view.fetchall()]
            assert sum(mails for _, mails, _ in told) == 2 + 3 * round_
            for _ in range(2):
                rows = await statistics.confidence(connection, TODAY)
                assert sorted((place / 20, n, sure) for place, n, sure, *_ in rows) == told
                await rollups.fold(connection)


@pytest.mark.parametrize("mailbox", [None, "ventas"])
@pytest.mark.parametrize("folded", [False, True])
async def test_whole_weeks_added_up_are_the_same_as_their_days(
    flow: Flow, db: Database, folded: bool, mailbox: str | None
) -> None:
    await handle_mails(
        flow,
        [
            mail(
                n,
                subject="dudoso" if n % 3 else "pedido",
                arrived_at=NOON - timedelta(days=n % 41),
                mailbox="ventas" if n % 2 else "soporte",
            )
            for n in range(90)
        ],
    )
    async with db.transaction() as connection:
        for statement in SOME_SENT_AND_CHECKED:
            await connection.execute(statement)
        if folded:
            await rollups.fold(connection)
        for length in (1, 6, 7, 8, 13, 20):
            for back in range(8):
                last = DAY - timedelta(days=back)
                span = Span(last - timedelta(days=length - 1), last, mailbox)
                told = await told_by_day(connection, span)
                assert await told_by_week(connection, span) == told
        assert all(told), told


SOME_SENT_AND_CHECKED = (
    "INSERT INTO outbox (event_id, message_id, thread_id, mailbox, recipient, subject_key,"
    " envelope_from, from_header, subject, body, html, headers, status, sent_at)"
    " SELECT id, 'r' || id, '', mailbox, sender, '', '', '', '', '', '', '{}', 'sent',"
    " received_at + id * interval '1 s' FROM events WHERE id % 5 > 0",
    "INSERT INTO audits (event_id, drawn_at, probability, share, category, confidence,"
    " model_version, threshold) SELECT id, received_at, 0.5, 0.5, category, confidence, '1', 0.7"
    " FROM events WHERE id % 5 < 4",
    "UPDATE events SET true_label = 'consulta' WHERE id % 3 > 0",
    "UPDATE events SET labelled_at = received_at WHERE true_label IS NOT NULL",
)


Counts = dict[tuple[str, ...], int]


async def told_by_week(connection: Connection, span: Span) -> list[Counts]:
    sure = await statistics.confidence(connection, span)
    times = await statistics.reply_times(connection, span)
    return [
        *({(str(row[0]),): row[at] for row in sure if row[at]} for at in (1, 2, 3, 4)),
        *({(str(round(4 * log2(b.at_least))),): b.replies for b in found} for found in times),
        {(name,): mails for name, mails in await statistics.languages(connection, span)},
        {(a, b): mails for a, b, mails in await statistics.corrections(connection, span)},
        {
            (each.category, str(each.alone).lower(), str(each.right).lower()): each.mails
            for each in await statistics.checked(connection, span)
        },
    ]


async def told_by_day(connection: Connection, span: Span) -> list[Counts]:
    async def told(figure: str, keys: str, span: Span, what: str = "n") -> Counts:
        rows = await connection.execute(
            f"SELECT {keys}, sum({what})::bigint FROM counted WHERE figure = %s"
            " AND day BETWEEN %s AND %s AND coalesce(mailbox = %s, true)"
            f" GROUP BY {keys} HAVING sum({what}) <> 0",
            [figure, span.first, span.last, span.mailbox],
        )
        return {tuple(key): int(count) for *key, count in await rows.fetchall()}

    both = span, span.before
    return [
        *[await told("confidence", "keys[1]", s, what) for s in both for what in ("n", "total")],
        *[await told("reply times", "keys[1]", each) for each in both],
        await told("languages", "keys[1]", span),
        await told("labels", "keys[1], keys[2]", span),
        await told("audits", "keys[1], keys[3], keys[4]", span),
    ]


@pytest.mark.parametrize("many", [False, True])
async def test_who_wrote_most_comes_first_also_where_all_can_t_be_counted(
    flow: Flow, db: Database, many: bool
) -> None:
    senders = {"ana@x.org": 3, "luis@x.org": 2, "eva@x.org": 1}
    months_ago = [NOON, NOON - timedelta(days=31), NOON - timedelta(days=62)]
    await handle_mails(
        flow,
        [
            mail(f"{sender}-{n}", sender=sender, arrived_at=months_ago[n])  # type: ignore[arg-type]
            for sender, count in senders.items()
            for n in range(count)
        ],
    )
    span = Span(date(2026, 9, 1), DAY)
    mails = statistics.FEW + 1 if many else 6
    for _ in range(2):
        async with db.transaction() as connection:
            await rollups.fold(connection)
            found = await statistics.senders(connection, span, mails)
        assert found == list(senders.items())
        await handle_mails(flow, [mail(99, sender="eva@x.org")])
        senders = {"ana@x.org": 3, "eva@x.org": 2, "luis@x.org": 2}


async def test_the_views_for_dashboards_have_their_names_and_columns(db: Database) -> None:
    columns = {
        "v_categories_daily": "day mailbox category mails",
        "v_confidence_daily": "day mailbox category at_least mails confidence",
        "v_corrections": "day mailbox predicted label mails",
        "v_model_accuracy": ("day mailbox category model_version alone is_right probability mails"),
        "v_reply_times": "day mailbox at_least below replies seconds",
        "v_mails": "id received_at mailbox sender sender_name subject language category predicted"
        " confidence true_label waiting answered",
        "v_categories": "name title_es title_en answered colour position",
    }
    async with db.transaction() as connection:
        for view, names in columns.items():
            rows = await connection.execute(f"SELECT * FROM {view}")
            assert [column.name for column in rows.description or ()] == names.split()

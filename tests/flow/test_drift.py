"""What the mails of these weeks are compared with."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.test_conditional import a_model
from buzon.flow import Flow, drift
from buzon.store import drift_alarms, models
from buzon.store.db import Database

FIRST = datetime(2026, 1, 5, tzinfo=UTC)
NOW = FIRST + timedelta(days=190)

# Watched since day 28, every eight weeks anew: the present ones since day 140. Forty mails a day:
# of the first twelve weeks two tenths are pedidos, of the eight after three and a half, then four.
MAILS = """
    INSERT INTO events (mailbox, message_id, message_key, digest, thread_id, source, received_at,
        stored_at, sender, sender_name, reply_to, recipients, subject, body, language, category,
        confidence, probabilities, model_version, needs_review, answered, signs, attachments,
        defects, size, words, unknown_words)
    SELECT 'a', n::text, n::text, n::text, n::text, 'imap', at, at, 'x@x.org', '', '', '{}', 's',
        'b', 'es', CASE WHEN random() < share THEN 'pedido' ELSE 'consulta' END,
        0.7 + 0.2 * random(), '{}', 'stub-1', false, false, '[]', '[]', '{}', 1, 20, 2
    FROM (SELECT n, %(first)s + n * interval '36 minutes' AS at,
                 CASE WHEN n < 84 * 40 THEN 0.2 WHEN n < 140 * 40 THEN 0.35 ELSE 0.4 END AS share
          FROM generate_series(1, 190 * 40 - 1) AS n) AS days
"""


async def alarms(db: Database, promoted: list[int]) -> list[tuple[str, float, float]]:
    """What rings where a model was put to work on each of these days: (what, before, now)."""
    async with db.transaction() as connection:
        await connection.execute("SELECT setseed(0.1)")
        await connection.execute(MAILS, {"first": FIRST})
        await models.add(connection, a_model("stub-1"))
        for day in promoted:
            await connection.execute(
                "INSERT INTO promotions (version, at, by, why) VALUES ('stub-1', %s, 'ana', '')",
                [FIRST + timedelta(days=day)],
            )
    await drift.look(db, ZoneInfo("UTC"), NOW)
    async with db.transaction() as connection:
        found = await drift_alarms.ringing(connection)
    return [(alarm.what, *alarm.moved["pedido"]) for alarm in found]


async def test_mails_are_compared_with_the_first_weeks_of_the_model_at_work(
    flow: Flow, db: Database
) -> None:
    [(what, before, now)] = await alarms(db, [0])
    assert what == "categories"
    assert before == pytest.approx(0.2, abs=0.03)
    assert now == pytest.approx(0.4, abs=0.03)


async def test_what_moved_before_the_model_came_to_work_is_usual_to_it(
    flow: Flow, db: Database
) -> None:
    assert await alarms(db, [0, 135]) == []


async def test_mails_without_a_promotion_are_compared_with_the_first_weeks_of_all(
    flow: Flow, db: Database
) -> None:
    [(_, before, _)] = await alarms(db, [])
    assert before == pytest.approx(0.2, abs=0.03)

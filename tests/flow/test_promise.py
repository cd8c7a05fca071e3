"""Audits and what follows from them."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from buzon.flow import Flow, Lottery, Terms, handle_mails, label, promise, rename_category
from buzon.flow.promise import Account, fill_up, renew, standing
from buzon.store import audits, thresholds
from buzon.store.db import Database
from peers.flows import StubClassifier, raw_mail
from peers.lessons import MADRID

EVERY_MAIL = Lottery(b"any", part=1.0)
TERMS = Terms(risk=0.05, careful=0.75, lottery=EVERY_MAIL)


async def audited(flow: Flow, right: int, wrong: int = 0, subject: str = "Pedido") -> None:
    """Mails that were drawn and looked at, of which the model got so many right."""
    flow = replace(flow, lottery=EVERY_MAIL)
    batch = await handle_mails(
        flow,
        [
            raw_mail(subject=f"{subject} {n}", message_id=f"<{subject}{n}@x.org>")
            for n in range(right + wrong)
        ],
    )
    ids = [handled.event_id or 0 for handled in batch]
    await label(flow.db, ids[:right], "pedido", "ana")
    if wrong:
        await label(flow.db, ids[right:], "incidencia", "ana")


async def waiting_for_review(db: Database) -> int:
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT count(*) FROM events WHERE needs_review")
        row = await rows.fetchone()
    return int(row[0]) if row else 0


async def test_about_one_mail_in_twenty_is_drawn_and_put_before_a_person(flow: Flow) -> None:
    mails = [raw_mail(subject="Pedido", message_id=f"<{n}@x.org>") for n in range(2000)]
    for start in range(0, 2000, 500):
        await handle_mails(flow, mails[start : start + 500])
    async with flow.db.transaction() as db:
        drawn = await audits.waiting(db)
    assert 60 < drawn < 145
    assert await waiting_for_review(flow.db) == drawn


async def test_imported_mails_are_never_drawn(flow: Flow) -> None:
    flow = replace(flow, lottery=EVERY_MAIL)
    await handle_mails(flow, [raw_mail(subject="Pedido", source="import")])
    async with flow.db.transaction() as db:
        assert await audits.waiting(db) == 0


async def test_a_drawn_mail_gets_the_answer_that_it_would_have_got(flow: Flow) -> None:
    await handle_mails(flow, [raw_mail(subject="Pedido")])
    await handle_mails(
        replace(flow, lottery=EVERY_MAIL),
        [raw_mail(subject="Pedido", sender="eva@example.org", message_id="<dos@x.org>")],
    )
    async with flow.db.transaction() as db:
        rows = await (await db.execute("SELECT body FROM outbox ORDER BY id")).fetchall()
    one, two = (body.split("\n\n")[1:2] for (body,) in rows)
    assert one == two


async def test_at_least_three_of_yesterday_s_mails_are_audited(flow: Flow) -> None:
    await handle_mails(
        flow, [raw_mail(subject="Pedido", message_id=f"<{n}@x.org>") for n in range(10)]
    )
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert await fill_up(flow, MADRID, tomorrow) == 3
    assert await fill_up(flow, MADRID, tomorrow) == 0
    async with flow.db.transaction() as db:
        rows = await (await db.execute("SELECT DISTINCT probability FROM audits")).fetchall()
    ((probability,),) = rows
    assert 0.3 <= probability < 0.32
    assert await waiting_for_review(flow.db) == 3


async def test_in_a_category_that_nobody_has_confirmed_no_mail_is_handled_alone(
    flow: Flow, classifier: StubClassifier
) -> None:
    classifier.unconfirmed = frozenset({"consulta"})
    subjects = {"1": "Pedido", "2": "Consulta", "3": "Incidencia"}
    mails = [raw_mail(subject=s, message_id=f"<{n}@x.org>") for n, s in subjects.items()]
    await handle_mails(replace(flow, lottery=EVERY_MAIL), mails[:2])
    await handle_mails(flow, mails[2:])
    assert await fill_up(flow, MADRID, datetime.now(UTC) + timedelta(days=1)) == 1
    async with flow.db.transaction() as db:
        rows = await db.execute("SELECT category, confidence >= threshold FROM audits ORDER BY 1")
        alone = dict(await rows.fetchall())
    assert alone == {"consulta": False, "incidencia": True, "pedido": True}


async def test_nor_is_one_that_fills_up_a_day_or_whose_category_has_another_name_since(
    flow: Flow, classifier: StubClassifier
) -> None:
    classifier.unconfirmed = frozenset({"consulta"})
    flow.at_work.change(renamed={"consulta": "pregunta"})
    assert flow.at_work.rules.unconfirmed == {"pregunta"}
    flow.at_work.change(renamed={})
    await handle_mails(flow, [raw_mail(subject="Consulta")])
    assert await waiting_for_review(flow.db) == 1
    assert await fill_up(flow, MADRID, datetime.now(UTC) + timedelta(days=1)) == 1
    async with flow.db.transaction() as db:
        rows = await db.execute("SELECT confidence >= threshold FROM audits")
        assert await rows.fetchall() == [(False,)]


async def test_until_audits_vouch_for_one_the_careful_threshold_holds(flow: Flow) -> None:
    await audited(flow, right=58)
    threshold = await renew(flow.db, TERMS)
    assert (threshold.threshold, threshold.certified, threshold.missing) == (0.75, False, 1)


async def test_fifty_nine_right_ones_certify_the_promise(flow: Flow) -> None:
    await audited(flow, right=59)
    threshold = await renew(flow.db, TERMS)
    assert threshold.certified
    assert threshold.threshold <= 0.96
    assert threshold.bound <= 0.05


async def test_a_lower_threshold_is_asked_for_once_a_week_only(flow: Flow) -> None:
    now = datetime.now(UTC)
    await audited(flow, right=59, wrong=3)
    assert not (await renew(flow.db, TERMS, now)).certified
    await audited(flow, right=300, subject="Pedido nuevo")
    assert not (await renew(flow.db, TERMS, now + timedelta(days=6))).certified
    assert (await renew(flow.db, TERMS, now + timedelta(days=8))).certified


async def test_errors_that_break_a_certificate_raise_the_threshold_at_once(flow: Flow) -> None:
    await audited(flow, right=59)
    certified = await renew(flow.db, TERMS)
    await audited(flow, right=0, wrong=30, subject="Pedido malo")
    now = await renew(flow.db, TERMS)
    assert not now.certified
    assert now.threshold > certified.threshold
    async with flow.db.transaction() as db:
        assert await thresholds.in_force(db) == now


async def test_what_is_plainly_wrong_too_often_goes_to_a_person(flow: Flow) -> None:
    await audited(flow, right=10, wrong=30)  # the model was 96% sure of each
    threshold = await renew(flow.db, TERMS)
    assert threshold.threshold > 0.96
    assert not threshold.certified


async def test_another_risk_is_another_promise(flow: Flow) -> None:
    await audited(flow, right=59)
    assert (await renew(flow.db, TERMS)).certified
    stricter = await renew(flow.db, replace(TERMS, risk=0.02))
    assert (stricter.certified, stricter.missing) == (False, 149 - 59)


async def test_another_careful_threshold_holds_at_once(flow: Flow) -> None:
    await renew(flow.db, TERMS)
    assert (await renew(flow.db, replace(TERMS, careful=0.6))).threshold == 0.6


async def test_mails_that_filled_up_a_quiet_day_certify_nothing(flow: Flow) -> None:
    mails = [raw_mail(subject="Pedido", message_id=f"<{n}@x.org>") for n in range(70)]
    ids = [handled.event_id or 0 for handled in await handle_mails(flow, mails)]
    async with flow.db.transaction() as db:
        await audits.fill_up(db, ids, 0.75, {})
    await label(flow.db, ids, "pedido", "ana")
    assert (await renew(flow.db, TERMS)).missing == 59
    async with flow.db.transaction() as db:
        now = await standing(db, TERMS)
    assert now.alone is not None
    assert now.alone.n == 70


async def test_where_the_share_was_changed_mails_count_as_drawn_at_the_lower_one(
    flow: Flow,
) -> None:
    await audited(flow, right=100)
    lower = Lottery(EVERY_MAIL.seed, part=0.3)
    async with flow.db.transaction() as db:
        await db.execute("UPDATE audits SET share = 0.3 WHERE event_id = 1")
        drawn = sum(
            lower.draws(id)
            for (id,) in await (await db.execute("SELECT id FROM events")).fetchall()
        )
    threshold = await renew(flow.db, TERMS)
    assert threshold.checked == drawn < 60


async def test_accuracy_is_told_from_audits_alone(flow: Flow) -> None:
    await audited(flow, right=18, wrong=2)
    (picked,) = await handle_mails(flow, [raw_mail(subject="Pedido", message_id="<p@x.org>")])
    await label(flow.db, [picked.event_id or 0], "incidencia", "ana")
    async with flow.db.transaction() as db:
        now = await standing(db, TERMS)
    assert now.alone is not None
    assert (now.alone.n, now.alone.accuracy) == (20, pytest.approx(0.9))
    assert now.alone.low < 0.9 < now.alone.high
    assert set(now.by_category) == {"pedido"}


async def test_without_an_audit_no_accuracy_is_told(flow: Flow) -> None:
    await handle_mails(flow, [raw_mail(subject="Pedido")])
    async with flow.db.transaction() as db:
        now = await standing(db, TERMS)
    assert (now.alone, now.all, now.certificate.missing) == (None, None, 59)


async def test_an_account_that_was_drawn_up_follows_labels_names_and_thresholds(flow: Flow) -> None:
    account = Account(TERMS)
    await audited(flow, right=5)
    async with flow.db.transaction() as db:
        assert await account.standing(db) == await standing(db, TERMS)
    await label(flow.db, [1], "incidencia", "ana")
    async with flow.db.transaction() as db:
        now = await account.standing(db)
        assert now == await standing(db, TERMS)
    assert now.alone is not None
    assert now.alone.accuracy == pytest.approx(0.8)
    await rename_category(flow.db, "pedido", "encargo", "ana")
    await renew(flow.db, TERMS)
    async with flow.db.transaction() as db:
        now = await account.standing(db)
        assert now == await standing(db, TERMS)
    assert set(now.by_category) == {"encargo"}


async def test_an_account_is_drawn_up_once_as_long_as_nothing_changes(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(TERMS)
    await audited(flow, right=5)
    async with flow.db.transaction() as db:
        before = await account.standing(db)
    monkeypatch.setattr(audits, "checked", None)  # whoever asked would fail
    async with flow.db.transaction() as db:
        assert await account.standing(db) == before


async def test_an_account_that_took_long_stands_for_a_while(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promise, "QUICK", 0)  # anything takes long now
    monkeypatch.setattr(promise, "SELDOM", 1_000_000)
    account = Account(TERMS)
    async with flow.db.transaction() as db:
        before = await account.standing(db)
    await audited(flow, right=5)
    async with flow.db.transaction() as db:
        assert await account.standing(db) == before
    monkeypatch.setattr(promise, "monotonic", lambda: math.inf)
    async with flow.db.transaction() as db:
        assert await account.standing(db) == await standing(db, TERMS) != before

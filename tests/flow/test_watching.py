"""What somebody should look after is raised once, told once, and ended once."""

import shutil
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from buzon.errors import SettingsError
from buzon.flow import Account, Flow, Lottery, Terms, Watch, handle_mails, label
from buzon.mail.smtp import Outgoing, Server
from buzon.store import alarms, mailbox_states
from buzon.store.alarms import Found
from peers.flows import OWN, make_policy, raw_mail
from peers.smtp_server import SmtpServer

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def watch(flow: Flow, tmp_path: Path) -> Watch:
    account = Account(Terms(0.05, 0.75, flow.lottery))
    page = "https://b.example.com"
    return Watch(flow, account, (OWN,), tmp_path, None, "jefa@example.com", "en", page, unlock)


def unlock(locked: str) -> str:
    if locked.startswith("other key"):
        raise SettingsError("locked with another key", "enter it again")
    return locked


async def do(flow: Flow, statement: str) -> None:
    async with flow.db.transaction() as db:
        await db.execute(statement)  # type: ignore[call-overload]


async def ringing(flow: Flow) -> list[tuple[str, str]]:
    async with flow.db.transaction() as db:
        return [(each.found.kind, each.found.about) for each in await alarms.ringing(db)]


async def test_nothing_rings_where_all_is_well(flow: Flow, watch: Watch) -> None:
    await handle_mails(flow, [raw_mail()])
    async with flow.db.transaction() as db:
        await mailbox_states.seen(db, OWN)
    await watch.look()
    assert await ringing(flow) == []


async def test_a_promise_that_is_not_kept_rings_and_is_told_to_webhooks(
    flow: Flow, watch: Watch
) -> None:
    drawing = replace(flow, lottery=Lottery(b"any", part=1.0))
    mails = [raw_mail(subject=f"Pedido {n}", message_id=f"<{n}@x.org>") for n in range(30)]
    ids = [each.event_id or 0 for each in await handle_mails(drawing, mails)]
    await do(
        flow,
        "INSERT INTO webhooks (name, url, secret, kinds, content, made_by) VALUES"
        " ('chat', 'https://chat.example.com', 's', '{alarm.raised}', 'ids', 'ana')",
    )
    await label(flow.db, ids[:20], "pedido", "ana")
    await watch.look()
    assert await ringing(flow) == []
    await label(flow.db, ids[20:], "incidencia", "ana")
    await watch.look()
    assert await ringing(flow) == [("promise-broken", "")]
    async with flow.db.transaction() as db:
        told = await db.execute("SELECT data #>> '{alarm,what}' FROM webhook_deliveries")
        assert await told.fetchall() == [("promise-broken",)]
    await label(flow.db, ids, "pedido", "ana")
    await watch.look()
    assert await ringing(flow) == []


async def test_a_mailbox_that_fails_for_five_minutes_rings_until_it_is_read_again(
    flow: Flow, watch: Watch
) -> None:
    async with flow.db.transaction() as db:
        await mailbox_states.fails(db, OWN, "wrong password")
    await watch.look()
    assert await ringing(flow) == []
    await do(flow, "UPDATE mailbox_states SET failing_since = now() - interval '6 minutes'")
    async with flow.db.transaction() as db:
        await mailbox_states.fails(db, OWN, "wrong password")  # again: since when stays
    for _ in range(2):
        await watch.look()
    assert await ringing(flow) == [("mailbox-fails", OWN)]
    async with flow.db.transaction() as db:
        await mailbox_states.seen(db, OWN)
    await watch.look()
    assert await ringing(flow) == []
    async with flow.db.transaction() as db:
        row = await (await db.execute("SELECT count(*), count(ended_at) FROM alarms")).fetchone()
    assert row == (1, 1)


async def test_a_mailbox_that_is_read_no_more_rings_no_more(flow: Flow, watch: Watch) -> None:
    async with flow.db.transaction() as db:
        await mailbox_states.fails(db, "gone", "wrong password")
    await do(flow, "UPDATE mailbox_states SET failing_since = now() - interval '1 day'")
    await watch.look()
    assert await ringing(flow) == []


async def fill_weeks(flow: Flow, each: int, weeks: int = 4, hours: int = 3) -> None:
    """So many mails in the last hours of that day, in each of the weeks before, and one before the
    silence began."""
    mails = [raw_mail(message_id=f"<{n}@x.org>") for n in range(each * weeks + 1)]
    await handle_mails(flow, mails)
    await do(
        flow,
        "UPDATE events SET received_at = now() - (1 + (id - 1) / "
        f"{each}) * interval '7 days' - interval '1 hour' WHERE id <= {each * weeks}",
    )
    await do(
        flow,
        f"UPDATE events SET received_at = now() - interval '{hours} hours'"
        f" WHERE id > {each * weeks}",
    )
    async with flow.db.transaction() as db:
        await mailbox_states.seen(db, OWN)


@pytest.mark.parametrize(
    ("each", "weeks", "hours", "rings"),
    [(5, 4, 3, True), (4, 4, 3, False), (5, 3, 3, False), (5, 4, 0, False)],
)
async def test_a_mailbox_is_silent_where_mails_usually_come_at_this_time_of_the_week(
    flow: Flow, watch: Watch, each: int, weeks: int, hours: int, rings: bool
) -> None:
    await fill_weeks(flow, each, weeks, hours)
    await watch.look()
    assert await ringing(flow) == ([("mailbox-silent", OWN)] if rings else [])


async def test_answers_that_wait_ring_but_not_while_they_are_switched_off(
    flow: Flow, watch: Watch
) -> None:
    await handle_mails(flow, [raw_mail()])
    await do(flow, "UPDATE outbox SET released_at = now() - interval '20 minutes'")
    off = replace(watch, flow=replace(flow, policy=make_policy(sends=False)))
    await off.look()
    assert await ringing(flow) == []
    await watch.look()
    assert await ringing(flow) == [("answers-wait", "")]
    await do(flow, "UPDATE outbox SET status = 'sent', sent_at = now()")
    await watch.look()
    assert await ringing(flow) == []


async def test_an_answer_that_an_external_sender_took_and_never_reported_rings(
    flow: Flow, watch: Watch
) -> None:
    await handle_mails(flow, [raw_mail()])
    await do(flow, "UPDATE outbox SET status = 'handed', handed_at = now(), due_at = now()")
    external = replace(
        watch, flow=replace(flow, policy=replace(flow.policy, sends=False, hands_out=True))
    )
    await external.look()
    assert await ringing(flow) == []
    await do(flow, "UPDATE outbox SET due_at = now() - interval '20 minutes'")
    await external.look()
    assert await ringing(flow) == [("answers-wait", "")]


async def test_answers_that_the_global_limit_holds_back_ring(flow: Flow, watch: Watch) -> None:
    await handle_mails(replace(flow, policy=make_policy(replies_per_hour=0)), [raw_mail()])
    await watch.look()
    assert await ringing(flow) == [("answers-held", "")]


async def test_what_nobody_can_unlock_rings_until_it_is_entered_again(
    flow: Flow, watch: Watch
) -> None:
    await do(
        flow,
        "INSERT INTO inboxes (name, host, security, username, password, folder, after, auth)"
        " SELECT name, 'h', 'tls', 'u', password, 'INBOX', 'read', auth FROM (VALUES"
        " ('ventas', 'other key: x', 'password'), ('soporte', 'y', 'password'),"
        " ('token', '', 'oauth2')) AS boxes (name, password, auth)",
    )
    await do(flow, "INSERT INTO settings (name, secret) VALUES ('smtp_password', 'other key: z')")
    await watch.look()
    assert await ringing(flow) == [("secret-lost", "ventas"), ("secret-lost", "smtp_password")]
    await do(flow, "UPDATE inboxes SET password = 'z' WHERE name = 'ventas'")
    await do(flow, "DELETE FROM settings")
    await watch.look()
    assert await ringing(flow) == []


@pytest.mark.parametrize(
    ("total", "free", "rings"),
    [(100e9, 4e9, True), (100e9, 6e9, False), (2000e9, 30e9, False), (10e9, 0.9e9, True)],
)
async def test_a_disk_that_fills_rings(
    flow: Flow,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
    total: float,
    free: float,
    rings: bool,
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(total, total - free, free))
    await watch.look()
    assert await ringing(flow) == ([("disk-fills", "")] if rings else [])


async def raise_(flow: Flow, *found: Found) -> None:
    async with flow.db.transaction() as db:
        await alarms.settle(db, found)


def sender_to(smtp: SmtpServer) -> Outgoing:
    return Outgoing(Server(host="127.0.0.1", port=smtp.port, security="none", connections=1))


async def test_the_administrator_is_written_to_once_an_hour_at_most_of_each_kind(
    flow: Flow, watch: Watch, smtp: SmtpServer
) -> None:
    seeing = replace(watch, sender=sender_to(smtp), mailboxes=("a", "b"))
    async with flow.db.transaction() as db:
        for name in ("a", "b"):
            await mailbox_states.fails(db, name, "wrong password")
    long_ago = "UPDATE mailbox_states SET failing_since = now() - interval '6 minutes'"
    await do(flow, long_ago + " WHERE name = 'a'")
    await seeing.look()
    await do(flow, long_ago)
    for _ in range(3):
        await seeing.look()
    assert len(smtp.received) == 1
    await do(flow, "UPDATE alarms SET told_at = now() - interval '61 minutes' WHERE about = 'a'")
    await seeing.look()
    assert len(smtp.received) == 2


async def test_a_mail_that_does_not_go_out_is_tried_again(
    flow: Flow, watch: Watch, smtp: SmtpServer
) -> None:
    await handle_mails(replace(flow, policy=make_policy(replies_per_hour=0)), [raw_mail()])
    nowhere = Outgoing(Server(host="127.0.0.1", port=1, security="none", connections=1))
    await replace(watch, sender=nowhere).look()
    await replace(watch, sender=sender_to(smtp)).look()
    assert len(smtp.received) == 1


async def test_who_gave_no_address_is_not_written_to(
    flow: Flow, watch: Watch, smtp: SmtpServer
) -> None:
    await handle_mails(replace(flow, policy=make_policy(replies_per_hour=0)), [raw_mail()])
    await replace(watch, sender=sender_to(smtp), to="").look()
    assert smtp.received == []


async def test_webhooks_are_told_once(flow: Flow, watch: Watch) -> None:
    await do(
        flow,
        "INSERT INTO webhooks (name, url, secret, kinds, content, made_by)"
        " VALUES ('crm', 'https://x.org', '', '{alarm.raised}', 'ids', 'ana')",
    )
    await handle_mails(replace(flow, policy=make_policy(replies_per_hour=0)), [raw_mail()])
    for _ in range(2):
        await watch.look()
    async with flow.db.transaction() as db:
        found = await (await db.execute("SELECT data FROM webhook_deliveries")).fetchall()
    (data,) = [row[0]["alarm"] for row in found]
    assert (data["what"], data["figure"]) == ("answers-held", 1)

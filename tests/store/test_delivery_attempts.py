"""What the SMTP server said to each attempt to send an answer."""

from datetime import UTC, datetime, timedelta

from buzon.flow import Flow, handle_mails
from buzon.records import Outcome, QueuedReply
from buzon.store import delivery_attempts, outbox
from buzon.store.db import Connection, Database
from buzon.store.outbox import Tried
from peers.flows import raw_mail


async def attempt(db: Connection, worker: int, status: str, detail: str) -> int:
    """Claim the one reply that is due, and record what came of it; its event."""
    (mail,) = await outbox.claim(db, worker, 5)
    await outbox.record(db, worker, [tried(mail, status, detail)])
    return mail.reply.event_id


def tried(mail: QueuedReply, status: str, detail: str) -> Tried:
    outcome = Outcome(mail.id, status, detail)  # type: ignore[arg-type]
    return Tried(outcome, mail.attempts, datetime.now(UTC) - timedelta(hours=1))


async def test_each_attempt_keeps_its_number_and_the_servers_words(
    flow: Flow, db: Database
) -> None:
    await handle_mails(flow, [raw_mail()])
    async with db.transaction() as connection:
        await attempt(connection, 1, "retry", "451 not now")
        event_id = await attempt(connection, 2, "sent", "250 ok")
        found = await delivery_attempts.of_event(connection, event_id)
        assert [(a.number, a.status, a.detail) for a in found] == [
            (1, "retry", "451 not now"),
            (2, "sent", "250 ok"),
        ]
        assert await delivery_attempts.of_event(connection, event_id + 1) == []


async def test_a_worker_that_lost_its_claim_notes_nothing(flow: Flow, db: Database) -> None:
    await handle_mails(flow, [raw_mail()])
    async with db.transaction() as connection:
        (mail,) = await outbox.claim(connection, 1, 5)
        await outbox.record(connection, 2, [tried(mail, "sent", "250 ok")])
        assert await delivery_attempts.of_event(connection, mail.reply.event_id) == []


async def test_of_a_reply_that_is_gone_nothing_is_noted_and_the_others_are(
    flow: Flow, db: Database
) -> None:
    other = raw_mail(sender="b@example.org", message_id="<b@example.org>")
    await handle_mails(flow, [raw_mail(), other])
    async with db.transaction() as connection:
        gone, kept = await outbox.claim(connection, 1, 5)
        await connection.execute("DELETE FROM outbox WHERE id = %s", [gone.id])
        await outbox.record(connection, 1, [tried(mail, "sent", "250 ok") for mail in (gone, kept)])
        assert len(await delivery_attempts.of_event(connection, kept.reply.event_id)) == 1


async def test_the_attempts_go_with_their_mail(flow: Flow, db: Database) -> None:
    await handle_mails(flow, [raw_mail()])
    async with db.transaction() as connection:
        event_id = await attempt(connection, 1, "sent", "250 ok")
        await connection.execute("DELETE FROM events WHERE id = %s", [event_id])
        rows = await connection.execute("SELECT count(*) FROM delivery_attempts")
        assert await rows.fetchone() == (0,)

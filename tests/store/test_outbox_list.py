"""The outbox as people look through it."""

from buzon.flow import Flow, handle_mails
from buzon.records import ReplyStatus
from buzon.store import outbox_list
from buzon.store.db import Connection, Database
from peers.flows import raw_mail

STATUSES: list[ReplyStatus] = ["sent", "failed", "queued", "sending", "held", "kept"]


async def fill(flow: Flow, db: Connection) -> list[int]:
    """One answer in each state; their numbers."""
    mails = [
        raw_mail(sender=f"c{n}@example.org", message_id=f"<{n}@example.org>")
        for n in range(len(STATUSES))
    ]
    await handle_mails(flow, mails)
    rows = await db.execute("SELECT id FROM outbox ORDER BY id")
    ids = [id for (id,) in await rows.fetchall()]
    for id, status in zip(ids, STATUSES, strict=True):
        await db.execute("UPDATE outbox SET status = %s WHERE id = %s", [status, id])
    return ids


async def test_all_are_listed_the_newest_first_page_by_page(flow: Flow, db: Database) -> None:
    async with db.transaction() as connection:
        ids = await fill(flow, connection)
        first = await outbox_list.newest(connection, 4, None, ())
        assert [reply.id for reply in first] == ids[:1:-1]
        rest = await outbox_list.newest(connection, 4, first[-1].id, ())
        assert [reply.id for reply in rest] == [ids[1], ids[0]]
        assert rest[-1].recipient == "c0@example.org"


async def test_only_those_in_the_wanted_states_are_listed(flow: Flow, db: Database) -> None:
    async with db.transaction() as connection:
        await fill(flow, connection)
        for wanted in (["failed"], ["queued", "sending"], ["sent"], ["handed"]):
            found = await outbox_list.newest(connection, 50, None, wanted)  # type: ignore[arg-type]
            assert {reply.status for reply in found} == set(wanted) - {"handed"}


async def rows_read(db: Connection) -> int:
    found = await db.execute(
        "SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'outbox'"
    )
    row = await found.fetchone()
    return int(row[0]) if row else 0


async def test_the_few_in_a_state_are_found_without_reading_the_many_that_were_sent(
    db: Database,
) -> None:
    async with db.transaction() as connection:
        await connection.execute("ALTER TABLE outbox DROP CONSTRAINT outbox_event_id_fkey")
        await connection.execute(
            """
            INSERT INTO outbox (event_id, message_id, thread_id, mailbox, recipient, subject_key,
                                envelope_from, from_header, subject, body, html, headers, status)
            SELECT n, n, n, '', '', '', '', '', '', '', '', '{}',
                   CASE WHEN n <= 300 THEN 'kept' ELSE 'sent' END
            FROM generate_series(1, 30000) AS n
            """
        )
        await connection.execute("ANALYZE outbox")
    async with db.transaction() as connection:
        before = await rows_read(connection)
        found = await outbox_list.newest(connection, 50, None, ["kept", "failed"])
        assert [reply.event_id for reply in found] == list(range(300, 250, -1))
        assert await rows_read(connection) - before < 200

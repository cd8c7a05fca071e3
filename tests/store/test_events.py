"""The events that the pages list."""

from buzon.flow import Flow, handle_mails, label
from buzon.store import events
from buzon.store.db import Connection, Database
from peers.flows import raw_mail


async def stored(flow: Flow, *subjects: str) -> list[int]:
    mails = [raw_mail(subject=s, message_id=f"<{n}@x.org>") for n, s in enumerate(subjects)]
    return [handled.event_id or 0 for handled in await handle_mails(flow, mails)]


async def to_review(db: Connection, limit: int = 50, before: int | None = None) -> list[int]:
    return [e.id for e in await events.newest(db, limit, before, to_review=True)]


async def test_to_review_is_what_the_model_was_unsure_of_and_nobody_has_labelled(
    flow: Flow, db: Database
) -> None:
    ids = await stored(flow, "Pedido", "dudoso uno", "dudoso dos", "Consulta", "dudoso tres")
    await label(db, [ids[2]], "consulta", "ana")
    async with db.transaction() as connection:
        assert await to_review(connection) == [ids[4], ids[1]]
        assert await events.count_to_review(connection, 9) == 2
        assert await events.count_to_review(connection, 1) == 1
        assert await to_review(connection, limit=1) == [ids[4]]
        assert await to_review(connection, limit=1, before=ids[4]) == [ids[1]]
        assert len(await events.newest(connection, 50)) == 5


async def test_what_is_to_review_is_found_by_its_index(db: Database) -> None:
    async with db.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        rows = await connection.execute(
            f"EXPLAIN SELECT id FROM events e WHERE e.id < 9 AND {events.TO_REVIEW}"
            " ORDER BY e.id DESC LIMIT 50"
        )
        plan = "\n".join([line for (line,) in await rows.fetchall()])
    assert "events_to_review" in plan

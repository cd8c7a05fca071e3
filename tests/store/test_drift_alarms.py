"""Since when own mails have come in."""

from buzon.flow import Flow, handle_mails
from buzon.store import drift_alarms
from buzon.store.db import Database
from peers.flows import raw_mail
from peers.tables import rows_read


async def test_the_first_day_is_found_without_reading_the_imported_mails_before_it(
    flow: Flow, db: Database
) -> None:
    imported = [raw_mail(message_id=f"<{n}@x.org>", source="import") for n in range(900)]
    await handle_mails(flow, imported)
    async with db.transaction() as connection:
        await connection.execute("ANALYZE events")
        before = await rows_read(connection, "events")
        assert await drift_alarms.first_day(connection, "UTC") is None
        assert await rows_read(connection, "events") == before
    await handle_mails(flow, [raw_mail(message_id="<own@x.org>")])
    async with db.transaction() as connection:
        before = await rows_read(connection, "events")
        assert await drift_alarms.first_day(connection, "UTC") is not None
        assert await rows_read(connection, "events") == before + 1

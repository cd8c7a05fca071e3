"""Since when own mails have come in, and how long an alarm rings."""

from datetime import date

from api.test_conditional import a_model
from buzon.flow import Flow, handle_mails
from buzon.store import drift_alarms, models
from buzon.store.db import Database
from peers.flows import raw_mail
from peers.tables import rows_read

DAY = date(2026, 3, 2)


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


async def promote(db: Database, version: str, *, new: bool) -> None:
    async with db.transaction() as connection:
        if new:
            await models.add(connection, a_model(version))
        await models.promote(connection, version, by="ana", why="")


async def test_an_alarm_rings_until_a_model_made_since_is_put_to_work(db: Database) -> None:
    for version in ("one", "two"):
        await promote(db, version, new=True)
    async with db.transaction() as connection:
        await drift_alarms.put(connection, DAY, [("words", DAY, 0.001, {})])
    for version, new, rings in (("one", False, True), ("three", True, False)):
        await promote(db, version, new=new)
        async with db.transaction() as connection:
            assert bool(await drift_alarms.ringing(connection)) is rings
            assert (await drift_alarms.learnt_since(connection) is None) is rings

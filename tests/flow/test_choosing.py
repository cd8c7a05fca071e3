"""Settings that are chosen on the pages, kept in the database."""

import asyncio

from buzon.flow import choose
from buzon.store import changes, notify, settings
from buzon.store.changes import Wanted
from buzon.store.db import Database


async def test_what_is_chosen_is_kept_noted_and_told(db: Database) -> None:
    told = notify.listen_to(db, notify.SETTINGS, poll=60)
    await anext(told)
    assert await choose(db, {"company": "Cajas", "risk": 0.02, "language": None}, "ana")
    await asyncio.wait_for(anext(told), 5)
    async with db.transaction() as connection:
        assert await settings.values(connection) == {"company": "Cajas", "risk": 0.02}
        noted = await changes.listed(connection, Wanted(), 10)
    assert {(c.by, c.which, str(c.becomes)) for c in noted} == {
        ("ana", "company", "{'value': 'Cajas'}"), ("ana", "risk", "{'value': 0.02}"),
    }  # fmt: skip
    await told.aclose()  # type: ignore[attr-defined]


async def test_a_default_that_is_chosen_again_leaves_nothing(db: Database) -> None:
    await choose(db, {"company": "Cajas"}, "ana")
    assert await choose(db, {"company": None}, "eva")
    async with db.transaction() as connection:
        assert await settings.values(connection) == {}
        (newest, _) = await changes.listed(connection, Wanted(), 10)
    assert (newest.by, newest.was, newest.becomes) == ("eva", {"value": "Cajas"}, None)


async def test_what_is_as_before_is_not_written(db: Database) -> None:
    await choose(db, {"allowed_lists": ["a.example"]}, "ana")
    assert not await choose(db, {"allowed_lists": ["a.example"], "company": None}, "ana")

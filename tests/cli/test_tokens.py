"""The token that BUZON_API_TOKEN gives."""

from pydantic import SecretStr
from structlog.testing import capture_logs

from buzon.cli.tokens import GIVEN, keep_given
from buzon.config import Settings
from buzon.store import tokens
from buzon.store.db import Database

FIRST, SECOND = "f" * 32, "s" * 32


def given(token: str) -> Settings:
    return Settings(_env_file=None, api_token=SecretStr(token))


async def works(db: Database, token: str) -> bool:
    async with db.transaction() as connection:
        return await tokens.use(connection, token) is not None


async def test_the_given_token_works_however_often_buzon_starts(db: Database) -> None:
    for _ in range(2):
        await keep_given(given(FIRST), db)
    async with db.transaction() as connection:
        (listed,) = await tokens.listed(connection)
    assert (listed.name, tuple(listed.scopes), listed.made_by) == (GIVEN, tokens.SCOPES, GIVEN)
    assert await works(db, FIRST)


async def test_without_one_there_is_none(db: Database) -> None:
    await keep_given(Settings(_env_file=None), db)
    assert not await works(db, "")


async def test_another_one_takes_its_place(db: Database) -> None:
    await keep_given(given(FIRST), db)
    await keep_given(given(SECOND), db)
    assert not await works(db, FIRST)
    assert await works(db, SECOND)


async def test_one_that_was_revoked_does_not_come_back_and_that_is_told(db: Database) -> None:
    await keep_given(given(FIRST), db)
    async with db.transaction() as connection:
        await tokens.revoke(connection, GIVEN)
    with capture_logs() as told:
        await keep_given(given(FIRST), db)
    assert not await works(db, FIRST)
    assert [line["setting"] for line in told] == [GIVEN]
    assert FIRST not in repr(told)

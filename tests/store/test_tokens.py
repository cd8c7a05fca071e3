"""Tokens for the API."""

import pytest

from buzon.errors import Invalid
from buzon.store import tokens
from buzon.store.db import Database


async def test_a_token_is_good_for_its_scopes_and_its_use_is_noted(db: Database) -> None:
    async with db.transaction() as connection:
        secret = await tokens.add(connection, "n8n", scopes=["intake"], by="Ana")
    async with db.transaction() as connection:
        found = await tokens.use(connection, secret)
        (listed,) = await tokens.listed(connection)
    assert found is not None
    assert (found.name, found.scopes, found.made_by) == ("n8n", ["intake"], "Ana")
    assert (found.used_at, found.expires_at) == (None, None)
    assert listed.used_at is not None
    assert secret not in repr(listed)


async def test_a_token_without_scopes_named_has_all(db: Database) -> None:
    async with db.transaction() as connection:
        secret = await tokens.add(connection, "n8n")
        found = await tokens.use(connection, secret)
    assert found is not None
    assert tuple(found.scopes) == tokens.SCOPES


async def test_a_token_works_until_its_time_is_over_and_is_still_listed(db: Database) -> None:
    async with db.transaction() as connection:
        secret = await tokens.add(connection, "n8n", days=1)
        assert await tokens.use(connection, secret) is not None
        await connection.execute("UPDATE tokens SET expires_at = now()")
        assert await tokens.use(connection, secret) is None
        assert [token.expired for token in await tokens.listed(connection)] == [True]


async def test_a_name_is_free_again_when_its_token_was_revoked(db: Database) -> None:
    async with db.transaction() as connection:
        await tokens.add(connection, "n8n")
    with pytest.raises(Invalid, match="a token called n8n"):
        async with db.transaction() as connection:
            await tokens.add(connection, "n8n")
    async with db.transaction() as connection:
        await tokens.revoke(connection, "n8n")
        await tokens.add(connection, "n8n")


async def test_several_who_ask_at_once_are_told_apart(db: Database) -> None:
    async with db.transaction() as connection:
        one = await tokens.add(connection, "one")
        gone = await tokens.add(connection, "gone")
        await tokens.revoke(connection, "gone")
        found = await tokens.use_all(connection, [one, gone, one, "bz_invented"])
        names = [token.name if token else None for token in found]
        (listed,) = await tokens.listed(connection)
    assert names == ["one", None, "one", None]
    assert listed.used_at is not None

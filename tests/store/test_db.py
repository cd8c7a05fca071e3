import pytest

from buzon.errors import DatabaseUnreachable
from buzon.store.db import ContentRefused, Database


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 / 0",
        # A program limit, which psycopg counts among the troubles of the server.
        "INSERT INTO secrets (name, value)"
        " SELECT string_agg(md5(n::text), ''), '' FROM generate_series(1, 10000) n",
    ],
)
async def test_what_the_database_can_never_take_is_refused_and_not_tried_again(
    db: Database, statement: str
) -> None:
    with pytest.raises(ContentRefused, match="The database refuses: "):
        async with db.transaction() as connection:
            await connection.execute(statement)


async def test_a_server_that_takes_no_writes_for_now_is_away_and_refuses_nothing(
    db: Database,
) -> None:
    written = "SET TRANSACTION READ ONLY; INSERT INTO secrets (name, value) VALUES ('a', '')"
    with pytest.raises(DatabaseUnreachable, match="read-only transaction"):
        async with db.transaction() as connection:
            await connection.execute(written)


async def test_a_connection_that_the_server_closed_while_it_lay_idle_is_replaced(
    db: Database,
) -> None:
    async with db.transaction() as connection:
        pid = connection.info.backend_pid
    other = await db.connect()
    async with other:
        await other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    async with db.transaction() as connection:
        assert connection.info.backend_pid != pid

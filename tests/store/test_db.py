from contextlib import suppress

import pytest
from psycopg.pq import TransactionStatus

from buzon.errors import DatabaseUnreachable
from buzon.store.db import ContentRefused, Database, together


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


@pytest.mark.parametrize("question", ["SELECT 1", "SELECT 1 / 0"])
async def test_questions_begin_no_transaction_and_leave_a_connection_that_does(
    db: Database, question: str
) -> None:
    with suppress(ContentRefused):
        async with db.reading() as connection:
            await connection.execute("SELECT 1")
            assert connection.info.transaction_status == TransactionStatus.IDLE
            await connection.execute(question)
    assert not connection.closed
    assert not connection.autocommit


async def test_questions_put_together_are_answered_in_their_order(db: Database) -> None:
    async def told(number: int) -> int:
        rows = await connection.execute("SELECT %s", [number])
        (row,) = await rows.fetchall()
        rows = await connection.execute("SELECT %s + 1", row)
        return int((await rows.fetchall())[0][0])

    async with db.reading() as connection:
        assert await together(connection, *(told(number) for number in range(20))) == list(
            range(1, 21)
        )


async def test_of_questions_put_together_one_that_fails_is_told_as_if_it_were_put_alone(
    db: Database,
) -> None:
    with pytest.raises(ContentRefused, match="division by zero"):
        async with db.reading() as connection:
            await together(
                connection,
                connection.execute("SELECT 1"),
                connection.execute("SELECT 1 / 0"),
                connection.execute("SELECT 2"),
            )
    async with db.reading() as connection:
        assert await (await connection.execute("SELECT 3")).fetchone() == (3,)

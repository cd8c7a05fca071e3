import pytest

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

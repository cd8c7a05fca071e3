"""What is written by hand for PostgreSQL is read by it as it was meant."""

import pytest

from buzon.store.db import ContentRefused, Database
from buzon.store.literals import as_array, as_json

ODD = ("", " ", "NULL", "null", 'a"b', "a\\b", "{a,b}", "a,b", "'", "línea\notra\tés", "\\N", "\\.")


@pytest.mark.parametrize("items", [(), ("ana@example.org",), ODD])
async def test_an_array_is_the_same_by_copy_and_by_a_cast(
    db: Database, items: tuple[str, ...]
) -> None:
    async with db.transaction() as connection:
        await connection.execute("CREATE TEMP TABLE copied (items text[], said jsonb)")
        async with connection.cursor() as cursor, cursor.copy("COPY copied FROM STDIN") as copy:
            await copy.write_row((as_array(items), as_json(items)))
        rows = await connection.execute(
            "SELECT items, said, %s::text[] FROM copied", [as_array(items)]
        )
        assert await rows.fetchall() == [(list(items), list(items), list(items))]


@pytest.mark.parametrize("said", [float("nan"), "\ud800", "\x00"])
async def test_what_is_no_json_for_postgresql_is_refused_by_it(
    db: Database, said: float | str
) -> None:
    with pytest.raises(ContentRefused):
        async with db.transaction() as connection:
            await connection.execute("SELECT %s::jsonb", [as_json([said])])


async def test_values_in_json_are_those_that_were_given(db: Database) -> None:
    said = {"pedido": 0.812345, "otro": 1e-06, "años": 1.0, "nada": None, "más": [True, "“x”"]}
    async with db.transaction() as connection:
        rows = await connection.execute("SELECT %s::jsonb", [as_json(said)])
        assert await rows.fetchall() == [(said,)]

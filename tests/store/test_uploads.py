"""An upload is read like a file, whatever pieces it came in."""

import io

import pytest

from buzon.errors import DatabaseUnreachable
from buzon.store import transfers
from buzon.store.db import Database
from buzon.store.transfers import PIECE
from buzon.store.uploads import Upload


async def kept(db: Database, content: bytes) -> int:
    async with db.transaction() as connection:
        id = await transfers.add(connection, "import", "ana", "a.mbox", length=len(content))
        for begin in range(0, len(content), PIECE):
            piece = content[begin : begin + PIECE]
            await transfers.add_piece(connection, id, begin // PIECE, piece)
        assert (await transfers.get(connection, id)).size == len(content)
    return id


async def test_lines_go_on_from_one_piece_to_the_next(db: Database) -> None:
    content = b"ab\n" * (PIECE // 3) + b"a line over the end of a piece\nlast"
    id = await kept(db, content)
    with io.BufferedReader(Upload(db.url, id)) as file:
        assert file.read() == content
        file.seek(PIECE - 1)
        assert file.tell() == PIECE - 1
        assert file.read() == content[PIECE - 1 :]
        file.seek(0)
        assert list(file) == io.BytesIO(content).readlines()


async def test_one_without_pieces_is_empty(db: Database) -> None:
    async with db.transaction() as connection:
        id = await transfers.add(connection, "import", "ana", "a.mbox")
    with io.BufferedReader(Upload(db.url, id)) as file:
        assert file.read() == b""


async def test_a_database_that_goes_away_is_told_as_such_so_that_the_import_goes_on(
    db: Database,
) -> None:
    id = await kept(db, b"a\n" * PIECE)
    with io.BufferedReader(Upload(db.url, id)) as file:
        assert file.readline() == b"a\n"
        async with db.transaction() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE query LIKE 'SELECT content FROM transfer_pieces%'"
            )
        with pytest.raises(DatabaseUnreachable):
            file.read()
    with pytest.raises(DatabaseUnreachable):
        Upload("postgresql://nobody@127.0.0.1:1/none", id)


async def test_its_connection_notices_a_database_that_went_without_goodbye(db: Database) -> None:
    with Upload(db.url, 1) as upload:
        given = upload._db.info.get_parameters()
    assert {"keepalives_idle", "tcp_user_timeout", "connect_timeout"} <= given.keys()

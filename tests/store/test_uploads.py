"""An upload is read like a file, whatever pieces it came in."""

import io

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

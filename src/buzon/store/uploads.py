"""An upload as a file: what the pieces of a transfer hold, read as somebody needs it."""

import io
from typing import Any

import psycopg

from buzon.store.db import OURS, explained
from buzon.store.transfers import PIECE


class Upload(io.RawIOBase):
    """Reads over a connection of its own, in whichever thread; a piece is in memory at a time. What
    opens or reads it raises DatabaseUnreachable."""

    def __init__(self, url: str, id: int) -> None:
        self._url, self._id = url, id
        with explained(url):
            self._db = psycopg.connect(
                url, autocommit=True, application_name="buzon", connect_timeout=10, **OURS
            )
        self._at = 0
        self._number, self._piece = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("An upload is only sought in from its beginning.")
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        number, begin = divmod(self._at, PIECE)
        if number != self._number:
            self._number, self._piece = number, self._fetch(number)
        found = self._piece[begin : begin + len(memoryview(buffer))]
        memoryview(buffer)[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _fetch(self, number: int) -> bytes:
        with explained(self._url):
            row = self._db.execute(
                "SELECT content FROM transfer_pieces WHERE transfer_id = %s AND number = %s",
                [self._id, number],
            ).fetchone()
        return bytes(row[0]) if row else b""

    def close(self) -> None:
        self._db.close()
        super().close()

"""Importing files of mails, and exporting what is kept."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from buzon.store.transfers import Kind, Transfer


class Transfers(Protocol):
    async def transfers(self, limit: int) -> Sequence[Transfer]:
        """Imports and exports that were asked for, the newest first."""

    async def import_into(self) -> Sequence[str]:
        """The mailboxes whose mails can be imported, the usual one first."""

    async def begin_upload(self, name: str, size: int, mailbox: str, who: str) -> int:
        """The number of an import whose file is to come. Raises Invalid, TooLarge."""

    async def add_piece(self, id: int, number: int, content: bytes) -> None:
        """One more piece of it. Raises NotFound, Invalid, Conflict."""

    async def begin_import(self, id: int, who: str) -> None:
        """The file is here. Raises NotFound, Conflict."""

    async def export(self, kind: Kind, who: str) -> None:
        """Have all of it written to a file. Raises Conflict."""

    async def stop_transfer(self, id: int, who: str) -> None:
        """Raises NotFound."""

    async def go_on_with_transfer(self, id: int, who: str) -> None:
        """Raises NotFound, Conflict."""

    async def remove_transfer(self, id: int, who: str) -> None:
        """Delete its file. Raises NotFound, Conflict."""

    async def exported(self, id: int, who: str) -> tuple[Transfer, AsyncIterator[bytes]]:
        """A file to be downloaded, which is noted. Raises NotFound where it is no longer kept."""

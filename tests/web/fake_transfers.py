"""Imports and exports in memory."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from buzon.errors import Conflict, Invalid, NotFound
from buzon.mail.archive import refuse_others
from buzon.store.transfers import Kind, Transfer

WRITTEN = b'{"id":1}\n'


def make_transfer(id: int, **changes: object) -> Transfer:
    transfer = Transfer(
        id, "import", datetime.now(UTC) - timedelta(minutes=9), "Ana Ruiz", "pedidos-2024.mbox",
        "ventas", "running", 300, 1000, 1204, 3, 1, 1000, "", None, has_file=True,
    )  # fmt: skip
    return replace(transfer, **changes)  # type: ignore[arg-type]


class FakeTransfers:
    """The web's `Transfers`, from lists."""

    def __init__(self) -> None:
        ended = datetime.now(UTC) - timedelta(minutes=5)
        self.carried = {
            3: make_transfer(3),
            2: make_transfer(2, kind="mails", name="mails.jsonl", state="done", finished_at=ended),
            1: make_transfer(
                1, name="viejos.mbox", state="failed", finished_at=ended,
                why="The process that parses mails is ended whatever it parses.",
            ),
        }  # fmt: skip
        self.received: dict[int, bytes] = {}

    async def transfers(self, limit: int) -> Sequence[Transfer]:
        return sorted(self.carried.values(), key=lambda one: -one.id)[:limit]

    async def import_into(self) -> Sequence[str]:
        return ["sandbox", "ventas"]

    async def begin_upload(self, name: str, size: int, mailbox: str, who: str) -> int:
        if not size:
            raise Invalid("This file is empty.", "Choose another one.")
        id = max(self.carried, default=0) + 1
        self.carried[id] = make_transfer(
            id, name=name, mailbox=mailbox, asked_by=who, state="uploading", length=size, taken=0,
            known=0, refused=0, position=0,
        )  # fmt: skip
        return id

    async def add_piece(self, id: int, number: int, content: bytes) -> None:
        if number == 0:
            refuse_others(self._one(id).name, content)
        self.received[id] = self.received.get(id, b"") + content

    async def begin_import(self, id: int, who: str) -> None:
        if len(self.received.get(id, b"")) != self._one(id).length:
            raise Conflict("This upload has ended.", "Choose the file once more.")
        self._become(id, state="waiting")

    async def export(self, kind: Kind, who: str) -> None:
        if any(one.kind == kind and one.open for one in self.carried.values()):
            raise Conflict("Such an export is under way.", "Wait for it, or stop it.")
        id = max(self.carried, default=0) + 1
        self.carried[id] = make_transfer(id, kind=kind, state="waiting", asked_by=who)

    async def stop_transfer(self, id: int, who: str) -> None:
        self._become(id, state="stopped", finished_at=datetime.now(UTC))

    async def go_on_with_transfer(self, id: int, who: str) -> None:
        self._become(id, state="waiting", finished_at=None)

    async def remove_transfer(self, id: int, who: str) -> None:
        self._become(id, has_file=False)

    async def exported(self, id: int, who: str) -> tuple[Transfer, AsyncIterator[bytes]]:
        one = self._one(id)
        if one.kind == "import" or not one.has_file:
            raise NotFound("This file is no longer kept.", "Export it once more.")
        return replace(one, size=len(WRITTEN)), self._pieces()

    async def _pieces(self) -> AsyncIterator[bytes]:
        yield WRITTEN

    def _one(self, id: int) -> Transfer:
        if id not in self.carried:
            raise NotFound("There is no such import or export.")
        return self.carried[id]

    def _become(self, id: int, **changes: object) -> None:
        self.carried[id] = replace(self._one(id), **changes)  # type: ignore[arg-type]

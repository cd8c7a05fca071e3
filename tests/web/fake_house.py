"""How a Buzón is set up, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from buzon.store.changes import Change, Wanted


class FakeHouse:
    """The web's `House`, from lists."""

    def __init__(self) -> None:
        self.noted: list[Change] = []

    async def log(self, wanted: Wanted, limit: int) -> Sequence[Change]:
        self.wanted = wanted
        return [
            change
            for change in reversed(self.noted)
            if (wanted.before is None or change.id < wanted.before)
            and wanted.by in {"", change.by}
            and wanted.what in {None, change.what}
        ][:limit]

    async def authors(self) -> Sequence[str]:
        return sorted({change.by for change in self.noted})

    def note(self, **changes: object) -> None:
        """Something was changed; unless told otherwise Luis's role."""
        change = Change(
            len(self.noted) + 1, datetime.now(UTC), "Ana Ruiz", "users", "Luis Gil",
            {"role": "viewer"}, {"role": "operator"},
        )  # fmt: skip
        self.noted.append(replace(change, **changes))  # type: ignore[arg-type]

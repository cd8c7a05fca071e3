"""Which mails the list shows. All of it stands in the address, so that back, reload and a copied
link come to the same place."""

from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Path, Query

LARGEST_ID = 2**63 - 1
EventId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@dataclass(frozen=True, slots=True)
class View:
    """The mails older than mail `before`, or the newest; all, or only those `to_review`."""

    before: int | None = None
    to_review: bool = False

    @property
    def query(self) -> str:
        """What stands behind the path of each address."""
        parts = {"review": self.to_review and 1, "before": self.before}
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"?{query}" if query else ""

    @property
    def newest(self) -> "View":
        return replace(self, before=None)

    def older_than(self, id: int) -> "View":
        return replace(self, before=id)


def _view(
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None, review: bool = False
) -> View:
    return View(before, review)


Shown = Annotated[View, Depends(_view)]

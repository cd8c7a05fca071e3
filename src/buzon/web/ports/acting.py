"""What people do to mails, the mails that wait for them, and the lists they come back to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from buzon.flow import Act, Progress, Which
from buzon.store.long_acts import LongAct
from buzon.store.saved_views import SavedView
from buzon.store.users import User


class Acting(Protocol):
    async def correct(self, id: int, category: str | None, was: str | None, who: str) -> Act:
        """Say what a mail is, or take that back with None. Raises NotFound, Invalid, and Conflict
        where it is no longer called `was`."""

    async def correct_all(
        self, which: Which, category: str | None, seen_at: datetime, who: str
    ) -> Act:
        """Say what many mails are, but for those that somebody else has labelled since. Raises
        Invalid, NotFound."""

    async def settle(self, which: Which, seen_at: datetime, who: str) -> Act:
        """Be done with mails. Raises Invalid."""

    async def reopen(self, id: int) -> None:
        """Be no longer done with a mail."""

    async def undo(self, number: int, who: str) -> Act:
        """Undo what somebody did at once."""

    async def long_act(self, number: int, who: str) -> LongAct:
        """What somebody does to more mails than at once, and how far it is. Raises NotFound."""

    async def latest_long_act(self, who: str) -> LongAct | None:
        """The last such, while it is under way and for a while after."""


class Reviewing(Protocol):
    async def review(self, user: User) -> int | None:
        """The mail that somebody should look at next; nobody else gets it meanwhile."""

    async def hold(self, id: int, user: User) -> bool:
        """Keep a mail before somebody who looks at it; whether nobody else has it by now."""

    async def give_back(self, id: int, user: User) -> None:
        """Somebody no longer looks at a mail: it goes to others, unless they come back at once."""

    async def postpone(self, id: int, user: User) -> None:
        """Show a mail to nobody for an hour."""

    async def take_up(self, id: int, user: User) -> None:
        """Have a mail back that one has left for later."""

    async def progress(self, user: User) -> Progress:
        """How far somebody is."""


class Views(Protocol):
    async def saved_views(self, user: User) -> Sequence[SavedView]: ...

    async def save_view(self, user: User, name: str, query: str) -> None:
        """Raises Invalid for a name that is taken."""

    async def remove_view(self, user: User, id: int) -> None: ...

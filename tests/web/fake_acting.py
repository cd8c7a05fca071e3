"""What people do to mails, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from buzon.errors import Conflict, Invalid, NoSuchMail, NotFound
from buzon.flow import Act, Progress, Which
from buzon.records import Event
from buzon.store.filters import Filter
from buzon.store.long_acts import LongAct
from buzon.store.saved_views import SavedView
from buzon.store.users import User
from buzon.web.view import takes

MADRID = ZoneInfo("Europe/Madrid")


class FakeActing:
    """The web's `Acting`, `Reviewing` and `Views`, from lists. Each act keeps what was before."""

    def __init__(self) -> None:
        self.events: dict[int, Event] = {}
        self.acts: list[list[Event]] = []
        self.long: LongAct | None = None
        self.left = 0  # how many mails somebody else labels meanwhile
        self.later: set[int] = set()
        self.held: list[int] = []
        self.before_others: set[int] = set()
        self.given_back: list[int] = []
        self.views: list[SavedView] = []

    def keep(self, *events: Event) -> None:
        raise NotImplementedError

    def _answer(self) -> None:
        raise NotImplementedError

    def note_label(self, event: Event, category: str | None, who: str) -> None:
        raise NotImplementedError

    async def correct(self, id: int, category: str | None, was: str | None, who: str) -> Act:
        self._answer()
        event = self._get(id)
        if event.true_label not in {was, category}:
            raise Conflict(
                "Somebody else has said meanwhile what this mail is.",
                "Look at it again: what you chose was not taken over.",
            )
        return self._label([event], category, who)

    async def correct_all(
        self, which: Which, category: str | None, seen_at: datetime, who: str
    ) -> Act:
        chosen = self._chosen(which)
        act = self._label(chosen[self.left :], category, who)
        return replace(act, left=self.left)

    async def settle(self, which: Which, seen_at: datetime, who: str) -> Act:
        fresh = [event for event in self._chosen(which) if event.done_at is None]
        self.keep(*(replace(event, done_at=datetime.now(UTC), done_by=who) for event in fresh))
        return replace(self._act(fresh), same=len(self._chosen(which)) - len(fresh))

    async def reopen(self, id: int) -> None:
        self.keep(replace(self._get(id), done_at=None, done_by=None))

    async def undo(self, number: int, who: str) -> Act:
        if self.long and self.long.number == number:
            self.long = replace(self.long, kind="undo", number=number + 1, done_until=0, mails=0)
            return Act(self.long.number, 0, share=0.0)
        before = self.acts[number - 1]
        self.keep(*before)
        return self._act(before)

    async def long_act(self, number: int, who: str) -> LongAct:
        if not self.long or self.long.number != number:
            raise NotFound("There is nothing of this number that you did.")
        return self.long

    async def latest_long_act(self, who: str) -> LongAct | None:
        return self.long

    async def review(self, user: User) -> int | None:
        waiting = [event.id for event in self.events.values() if event.waits_for_a_person]
        return min(
            (id for id in waiting if id not in self.later | self.before_others), default=None
        )

    async def hold(self, id: int, user: User) -> bool:
        self.held.append(id)
        return id not in self.before_others

    async def give_back(self, id: int, user: User) -> None:
        self.given_back.append(id)

    async def postpone(self, id: int, user: User) -> None:
        self.later.add(id)

    async def take_up(self, id: int, user: User) -> None:
        self.later.discard(id)

    async def progress(self, user: User) -> Progress:
        waiting = sum(event.waits_for_a_person for event in self.events.values())
        labelled = sum(event.true_label is not None for event in self.events.values())
        return Progress(waiting, labelled, labelled * 4)

    async def saved_views(self, user: User) -> Sequence[SavedView]:
        return self.views

    async def save_view(self, user: User, name: str, query: str) -> None:
        if name in {view.name for view in self.views}:
            raise Invalid("You have a view of this name.", "Give this one another name.")
        self.views.append(SavedView(len(self.views) + 1, name, query))

    async def remove_view(self, user: User, id: int) -> None:
        self.views = [view for view in self.views if view.id != id]

    def _get(self, id: int) -> Event:
        if id not in self.events:
            raise NoSuchMail(f"There is no event {id}.")
        return self.events[id]

    def _chosen(self, which: Which) -> list[Event]:
        if isinstance(which, Filter):
            return [event for event in self.events.values() if takes(which, event)]
        return [self._get(id) for id in which]

    def _label(self, events: Sequence[Event], category: str | None, who: str) -> Act:
        changed = [event for event in events if event.true_label != category]
        for event in changed:
            self.note_label(event, category, who)
        self.keep(
            *(replace(self.events[e.id], true_label=category, needs_review=False) for e in changed)
        )
        return replace(self._act(changed), same=len(events) - len(changed))

    def _act(self, before: Sequence[Event]) -> Act:
        self.acts.append(list(before))
        return Act(len(self.acts), len(before))

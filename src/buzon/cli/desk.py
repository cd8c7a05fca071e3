"""What the pages ask for, answered from the store and from how this process is doing."""

from collections.abc import AsyncIterator, Mapping, Sequence

from buzon.cli.alarms import Alarms
from buzon.cli.desk_acting import ActingDesk
from buzon.cli.desk_answers import AnswersDesk
from buzon.cli.desk_learning import LearningDesk
from buzon.cli.desk_letters import LettersDesk
from buzon.cli.desk_openid import OpenIdDesk
from buzon.cli.desk_outbox import OutboxDesk
from buzon.cli.desk_people import PeopleDesk
from buzon.cli.desk_post import PostDesk
from buzon.cli.desk_statistics import StatisticsDesk
from buzon.cli.desk_transfers import TransfersDesk
from buzon.cli.desk_webhooks import WebhooksDesk
from buzon.cli.parts import Service, make_entrance
from buzon.config import Settings
from buzon.reception import State
from buzon.records import Event
from buzon.store import alarms, events, models, notify, outbox, parked, search
from buzon.store.db import together
from buzon.store.events import Place
from buzon.store.filters import Filter
from buzon.store.search import Found
from buzon.web import MOST_COUNTED, MailboxState, Sending, Status, Trouble


class StoreDesk(
    ActingDesk,
    AnswersDesk,
    LearningDesk,
    LettersDesk,
    OpenIdDesk,
    OutboxDesk,
    StatisticsDesk,
    PeopleDesk,
    PostDesk,
    TransfersDesk,
    WebhooksDesk,
):
    """The web's `Desk` over the database."""

    def __init__(self, service: Service, mailboxes: Sequence[State], given: Settings) -> None:
        super().__init__(service)
        PostDesk.__init__(self, given)
        WebhooksDesk.__init__(self)
        self.settings = service.settings
        self.mailboxes = mailboxes
        self.grants = service.grants
        self.alarms = Alarms(self.account)
        self.entrance = make_entrance(service.settings)

    async def newest(
        self, limit: int, wanted: Filter, before: Place | None = None
    ) -> Sequence[Event]:
        async with self.db.reading() as db:
            return await events.newest(db, limit, wanted, before)

    async def find(self, ids: Sequence[int], words: str) -> Mapping[int, Found]:
        async with self.db.reading() as db:
            return await search.find(db, ids, words)

    async def count(self, wanted: Filter, most: int) -> int:
        async with self.db.reading() as db:
            return await events.count(db, wanted, most)

    async def mailbox_names(self) -> Sequence[str]:
        async with self.db.reading() as db:
            return await events.mailboxes(db)

    async def some(self, ids: Sequence[int]) -> Sequence[Event]:
        async with self.db.reading() as db:
            return await events.some(db, ids)

    async def event(self, id: int) -> Event | None:
        async with self.db.reading() as db:
            return await events.get(db, id)

    def changes(self) -> AsyncIterator[Sequence[int]]:
        return notify.listen(self.db)

    async def status(self) -> Status:
        async with self.db.reading() as db:
            counts, set_aside, model, to_review, ringing, troubles = await together(
                db,
                outbox.counts(db),
                parked.count(db),
                models.at_work(db),
                events.count(db, Filter(to_review=True), MOST_COUNTED),
                self.alarms.ringing(db),
                alarms.ringing(db),
            )
        failing = {box.name for box in self.mailboxes if box.state == "failing"}
        sandbox = self.settings.sandbox
        return Status(
            mailboxes=tuple(MailboxState(m.name, m.state, m.error, m.step) for m in self.mailboxes),
            sandbox=f"{sandbox[0]}:{sandbox[1]}" if sandbox else "",
            sending=self._sending(troubles),
            model=model.version if model else "",
            held=counts["held"],
            parked=set_aside,
            to_review=to_review,
            alarms=ringing,
            troubles=tuple(
                Trouble(each.found.kind, each.found.about, each.found.figure, each.found.detail)
                for each in troubles
                if each.found.kind not in ("answers-held", "promise-broken")
                and each.found.about not in failing
            ),
        )

    def _sending(self, troubles: Sequence[alarms.Alarm]) -> Sending:
        if self.settings.answering == "off":
            return Sending("paused")
        if self.settings.mail == "external":
            return Sending("external")
        smtp = self.settings.smtp
        if smtp is None:
            return Sending("off")
        waits = any(each.found.kind == "answers-wait" for each in troubles)
        return Sending("failing" if waits else "smtp", f"{smtp.host}:{smtp.port}")

    def faults(self) -> list[str]:
        """What keeps this process from taking mail, one sentence each, for anybody to read."""
        unread = sum(not mailbox.is_read for mailbox in self.mailboxes)
        return [f"{unread} of {len(self.mailboxes)} mailboxes can't be read."] if unread else []

"""Raw mails, conversations, the outbox and the quarantine in memory."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from buzon.errors import Conflict, Invalid, NotFound
from buzon.mail import original
from buzon.mail.original import File
from buzon.mail.sanitize import Sanitized
from buzon.records import Event, ReplyStatus
from buzon.store.delivery_attempts import Attempt
from buzon.store.outbox_list import Listed
from buzon.store.parked import Parked
from buzon.web import NEIGHBOURS, Around, Neighbours


class FakeLetters:
    """The web's `Letters` and `Outbox`, from lists. A mail is kept raw where `raws` has it."""

    def __init__(self) -> None:
        self.events: dict[int, Event] = {}
        self.raws: dict[int, bytes] = {}
        self.attempts: dict[int, list[Attempt]] = {}
        self.gmail: set[str] = set()
        self.reply_to: dict[int, str] = {}
        self.in_quarantine: dict[int, tuple[Parked, bytes]] = {}
        self.refuses = ""
        self.handed_in: list[int] = []
        self.replies_per_hour = 10_000

    async def around(self, event: Event) -> Around:
        raw = self.raws.get(event.id)
        return Around(
            earlier=await self.earlier_mails(event),
            later=await self.later_mails(event),
            attempts=self.attempts.get(event.id, ()),
            answer_to=self.reply_to.get(event.id, event.sender),
            in_gmail=event.mailbox in self.gmail,
            raw_kept=raw is not None,
            has_html=raw is not None and original.has_html(raw),
        )

    async def earlier_mails(self, event: Event) -> Neighbours:
        found = [e for e in self._thread(event) if e.id < event.id]
        return Neighbours(found[-NEIGHBOURS:], len(found) > NEIGHBOURS)

    async def later_mails(self, event: Event) -> Neighbours:
        found = [e for e in self._thread(event) if e.id > event.id]
        return Neighbours(found[:NEIGHBOURS], len(found) > NEIGHBOURS)

    def _thread(self, event: Event) -> list[Event]:
        mails = (self.events[id] for id in sorted(self.events))
        return [e for e in mails if e.thread_id == event.thread_id]

    async def html(self, id: int) -> Sanitized | None:
        return original.page(self.raws[id]) if id in self.raws else None

    async def attachment(self, id: int, number: int) -> File | None:
        return original.file(self.raws[id], number) if id in self.raws else None

    async def raw(self, id: int) -> bytes | None:
        return self.raws.get(id)

    async def outbox(
        self, limit: int, before: int | None, statuses: Sequence[ReplyStatus]
    ) -> Sequence[Listed]:
        ids = sorted((i for i in self.events if before is None or i < before), reverse=True)
        answered = [self.events[i] for i in ids if self.events[i].reply]
        return [
            _listed(e) for e in answered if e.reply and (not statuses or e.reply.status in statuses)
        ][:limit]

    async def quarantine(self, limit: int, before: int | None) -> Sequence[Parked]:
        ids = sorted((i for i in self.in_quarantine if before is None or i < before), reverse=True)
        return [self.in_quarantine[i][0] for i in ids][:limit]

    async def parked(self, id: int) -> tuple[Parked, bytes] | None:
        return self.in_quarantine.get(id)

    async def try_again(self, id: int, who: str) -> int:
        if id not in self.in_quarantine:
            raise NotFound(f"There is no parked mail {id}.")
        if not self.in_quarantine[id][1]:
            raise Invalid(
                "The mail server did not hand this mail out, so there is nothing to hand in.",
                "It is still in its mailbox: look at it there.",
            )
        if self.refuses:
            raise Conflict(self.refuses)
        del self.in_quarantine[id]
        self.handed_in.append(id)
        return 1

    async def delete_parked(self, ids: Collection[int], who: str) -> None:
        there = self.in_quarantine.keys() & ids
        if not there:
            raise NotFound("Of these mails none is parked.")
        for id in there:
            del self.in_quarantine[id]

    def park(
        self, id: int, content: bytes, reason: str = "The database refuses: too wide."
    ) -> None:
        about = Parked(id, "sandbox", "smtp", datetime.now(UTC), reason, len(content))
        self.in_quarantine[id] = about, content


def _listed(event: Event) -> Listed:
    reply = event.reply
    assert reply
    return Listed(
        id=event.id,
        event_id=event.id,
        recipient=reply.recipient,
        subject=reply.subject,
        status=reply.status,
        detail=reply.detail,
        attempts=reply.attempts,
        created_at=event.stored_at,
        due_at=event.stored_at + timedelta(hours=1),
        sent_at=reply.sent_at,
        handed_at=reply.handed_at,
    )

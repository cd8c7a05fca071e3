"""A desk in memory, and mails to put on it."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from buzon.errors import DatabaseUnreachable
from buzon.records import Attachment, Event, SentReply, Sign
from buzon.store.events import Place
from buzon.store.filters import Filter
from buzon.store.search import Found
from buzon.web import Sending, Status
from buzon.web.view import takes
from web.fake_access import FakeAccess
from web.fake_acting import FakeActing
from web.fake_answers import FakeAnswers
from web.fake_elsewhere import FakeElsewhere
from web.fake_house import FakeHouse
from web.fake_learning import FakeLearning
from web.fake_letters import FakeLetters
from web.fake_post import FakePost
from web.fake_statistics import FakeStatistics
from web.fake_transfers import FakeTransfers
from web.fake_webhooks import FakeWebhooks


class FakeDesk(
    FakeLearning,
    FakeLetters,
    FakeActing,
    FakeAnswers,
    FakeStatistics,
    FakeElsewhere,
    FakeHouse,
    FakePost,
    FakeAccess,
    FakeWebhooks,
    FakeTransfers,
):
    """The web's `Desk`: what the database would say, from lists."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        FakeLearning.__init__(self)
        FakeActing.__init__(self)
        FakeAnswers.__init__(self)
        FakeStatistics.__init__(self)
        FakeLetters.__init__(self)
        FakeElsewhere.__init__(self)
        FakeHouse.__init__(self)
        FakePost.__init__(self)
        FakeAccess.__init__(self)
        FakeWebhooks.__init__(self)
        FakeTransfers.__init__(self)
        self.events = {event.id: event for event in events}
        self.state = Status(sandbox="127.0.0.1:2525", sending=Sending("off"), model="3")
        self.down = False
        self.asked = 0  # how often `newest` and `some` were called
        self._listeners: set[asyncio.Queue[list[int] | None]] = set()

    async def newest(self, limit: int, wanted: Filter, before: Place | None = None) -> list[Event]:
        self._answer()
        words = (wanted.words or "").lower()
        rest = replace(wanted, words=None)
        found = [e for e in self.events.values() if takes(rest, e) and words in text_of(e)]
        return [e for e in ordered(found) if before is None or place(e) < before][:limit]

    async def some(self, ids: Sequence[int]) -> list[Event]:
        self._answer()
        return ordered([self.events[i] for i in ids if i in self.events])

    async def find(self, ids: Sequence[int], words: str) -> dict[int, Found]:
        shown = {id: texts(self.events[id]) for id in ids}
        return {
            id: Found(spans(subject, words), spans(body, words), body)
            for id, (subject, body) in shown.items()
        }

    async def count(self, wanted: Filter, most: int) -> int:
        return len(await self.newest(most, wanted))

    async def mailbox_names(self) -> list[str]:
        return sorted({event.mailbox for event in self.events.values()})

    async def event(self, id: int) -> Event | None:
        self._answer()
        return self.events.get(id)

    async def changes(self) -> AsyncIterator[list[int]]:
        self._answer()
        queue: asyncio.Queue[list[int] | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield []
            while (ids := await queue.get()) is not None:
                yield ids
            raise DatabaseUnreachable("The database at localhost:5432/buzon is not available.")
        finally:
            self._listeners.discard(queue)

    async def status(self) -> Status:
        self._answer()
        waiting = sum(event.waits_for_a_person for event in self.events.values())
        return replace(self.state, to_review=waiting)

    def _answer(self) -> None:
        self.asked += 1
        if self.down:
            raise DatabaseUnreachable("The database at localhost:5432/buzon is not available.")

    def keep(self, *events: Event) -> None:
        """Store events and tell the listeners. Call it in the loop that the pages run in."""
        self.events |= {event.id: event for event in events}
        for listener in self._listeners:
            listener.put_nowait([event.id for event in events])

    def fail(self) -> None:
        """End every stream of changes, as a database that stops does."""
        for listener in self._listeners:
            listener.put_nowait(None)


def place(event: Event) -> Place:
    return event.received_at, event.id


def ordered(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=place, reverse=True)


def texts(event: Event) -> tuple[str, str]:
    return event.subject, event.body


def text_of(event: Event) -> str:
    return " ".join(texts(event)).lower()


def spans(text: str, words: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(re.escape(words), text, re.IGNORECASE)]


def make_reply(**changes: object) -> SentReply:
    reply = SentReply(
        status="kept",
        message_id="r1.mac@example.com",
        recipient="ana@example.org",
        subject="Re: Pedido de veinte cajas [#000001]",
        text="Hola, Ana:\n\nHemos recibido su pedido y lo estamos preparando.\n\nUn saludo",
        html="<p>Hola</p>",
        headers={"Auto-Submitted": "auto-replied"},
        attempts=0,
        detail="",
        sent_at=None,
        template="pedido",
    )
    return replace(reply, **changes)  # type: ignore[arg-type]


STARTED = datetime.now(UTC)


def make_event(id: int, **changes: object) -> Event:
    at = STARTED - timedelta(minutes=3)
    event = Event(
        id=id,
        mailbox="sandbox",
        message_id=f"m{id}@example.org",
        thread_id=f"m{id}@example.org",
        source="smtp",
        received_at=at,
        stored_at=at,
        sender="ana@example.org",
        sender_name="Ana Ruiz",
        recipients=("tienda@example.com",),
        subject=f"Pedido de veinte cajas {id}",
        body="Buenos días:\n\nNecesito veinte cajas para el lunes.\n\nGracias, Ana",
        language="es",
        category="pedido",
        confidence=0.97,
        probabilities={
            "pedido": 0.97,
            "incidencia": 0.01,
            "consulta": 0.01,
            "reclamacion": 0.006,
            "otro": 0.004,
        },
        model_version="3",
        needs_review=False,
        true_label=None,
        answered=True,
        signs=(),
        attachments=(),
        defects=(),
        reply=make_reply(),
    )
    return replace(event, **changes)  # type: ignore[arg-type]


def unanswered(id: int, **changes: object) -> Event:
    return make_event(
        id, answered=False, reply=None, signs=(Sign("list", "List-Id: <noticias>"),), **changes
    )


ATTACHMENT = Attachment("plano.pdf", "application/pdf", 1_400_000)

"""A desk in memory, and mails to put on it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from buzon.errors import DatabaseUnreachable
from buzon.records import Attachment, Event, SentReply, Sign
from buzon.web import Sending, Status
from web.fake_house import FakeHouse
from web.fake_learning import FakeLearning
from web.fake_people import FakePeople
from web.fake_post import FakePost


class FakeDesk(FakeLearning, FakePeople, FakeHouse, FakePost):
    """The web's `Desk`: what the database would say, from lists."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        FakeLearning.__init__(self)
        FakePeople.__init__(self)
        FakeHouse.__init__(self)
        FakePost.__init__(self)
        self.events = {event.id: event for event in events}
        self.state = Status(sandbox="127.0.0.1:2525", sending=Sending("off"), model="3")
        self.down = False
        self.asked = 0  # how often `newest` and `some` were called
        self._listeners: set[asyncio.Queue[list[int] | None]] = set()

    async def newest(
        self, limit: int, before: int | None = None, *, to_review: bool = False
    ) -> list[Event]:
        self._answer()
        ids = sorted((i for i in self.events if before is None or i < before), reverse=True)
        shown = (self.events[i] for i in ids)
        return [e for e in shown if e.waits_for_a_person or not to_review][:limit]

    async def some(self, ids: Sequence[int]) -> list[Event]:
        self._answer()
        return [self.events[i] for i in sorted(ids, reverse=True) if i in self.events]

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


def make_event(id: int, **changes: object) -> Event:
    at = datetime.now(UTC) - timedelta(minutes=3)
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

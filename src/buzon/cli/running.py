"""What works under one set of settings: readers, sandbox, worker. When others are chosen on the
pages, all of it stops and goes on under those, while the server keeps serving.

Nothing is lost and nobody is answered twice by that: a reader that is stopped leaves its cursor
behind what is stored, and a worker that is stopped keeps its lock until the mails under way have
their answer from the server, however long that takes, while another one takes the next.
"""

import asyncio
from datetime import datetime
from functools import partial

import structlog

from buzon import jobs
from buzon.cli.background import Background
from buzon.cli.chosen import Chooser
from buzon.cli.desk import StoreDesk
from buzon.cli.front import STOP_SECONDS, Front
from buzon.cli.mail_access import bearer_for_reading
from buzon.cli.parts import Part, Service, count_by_days_of, outgoing, retention
from buzon.cli.transfers import Porter
from buzon.config import Settings
from buzon.errors import AddressInUse
from buzon.flow import Courier, handle_mails, keep_searchable
from buzon.mail import smtpd
from buzon.reception import Reader, Spread, State
from buzon.store import mail_grants, notify

log = structlog.get_logger()

POLL = 30.0  # seconds; the net below the notifications
UNDER_WAY = 600.0  # seconds that a mail may be under way, as mail.smtp_connection.Server has it


class Running:
    """The parts of this process, under the settings that hold. `given` are those that are not
    chosen on the pages."""

    def __init__(self, given: Settings, service: Service, parts: set[Part]) -> None:
        self.given = given
        self._chooser = Chooser(given)
        self.parts = parts
        self.front: Front | None = None
        self._service, self._readers = service, self._make_readers(service)
        self._under: Settings | None = None
        self._intake = Background()
        self._sandbox: asyncio.Server | None = None
        self._worker: Worker | None = None
        self._retiring: set[asyncio.Task[None]] = set()

    def _make_readers(self, service: Service) -> list[Reader]:
        boxes = service.settings.mailboxes if "mail" in self.parts else ()
        return [Reader(service.flow, box, bearer_for_reading(service.grants, box)) for box in boxes]

    def make_front(self) -> Front:
        self.front = Front(self._service.settings, self._service.flow, self._desk())
        return self.front

    def _desk(self) -> StoreDesk:
        states = [reader.state for reader in self._readers]
        if "mail" not in self.parts:
            boxes = self._service.settings.mailboxes
            states = [State(box.key, "elsewhere") for box in boxes]
        return StoreDesk(self._service, states, self.given)

    async def start(self) -> None:
        """Raises AddressInUse where the sandbox can't listen."""
        service = self._service
        self._intake.start("model", service.follower.run)
        if self._readers:
            self._intake.start("spread", Spread(service.flow.db, self._readers).run)
        for reader in self._readers:
            self._intake.start(f"reader {reader.mailbox.key}", reader.run)
        if "work" in self.parts:
            self._worker = Worker(service)
            self._worker.start()
        self._under = service.settings
        if "mail" in self.parts and service.settings.sandbox:
            # Under the settings of the moment: a connection outlives the sandbox that took it.
            self._sandbox = await smtpd.listen(
                *service.settings.sandbox, lambda raw: handle_mails(self._service.flow, [raw])
            )

    async def stop(self) -> None:
        """For good. A mail server that does not answer would keep us: what it has is found again
        at the next start."""
        await self._stop_intake()
        patience = STOP_SECONDS * 2
        if self._worker:
            await self._worker.stop(patience)
        if self._retiring:
            await asyncio.wait(self._retiring, timeout=patience)

    async def _stop_intake(self) -> None:
        if self._sandbox:
            self._sandbox.close()
            self._sandbox = None
        await self._intake.stop()

    async def follow(self) -> None:
        """Until cancelled: take up what is chosen on the pages, of whichever process they are."""
        db = self._service.flow.db
        granted = await self._last_granted()
        async for _ in notify.listen_to(db, notify.SETTINGS, POLL):
            settings, before = await self._chooser.settings(db), granted
            granted = await self._last_granted()
            if settings != self._under or granted != before:
                await self._go_on_under(settings)

    async def _last_granted(self) -> datetime | None:
        """An account that lets us in anew is one that readers and worker wait for."""
        async with self._service.flow.db.transaction() as db:
            return await mail_grants.last_granted(db)

    async def _go_on_under(self, settings: Settings) -> None:
        service = self._service = self._service.under(settings)
        self._readers = self._make_readers(service)
        if self.front:
            self.front.become(settings, service.flow, self._desk())
        await self._stop_intake()
        self._retire_worker()
        self._intake = Background()
        try:
            await self.start()
        except AddressInUse as error:
            log.warning("no sandbox", why=str(error))
        if "work" in self.parts:
            await service.keeper().renew()
            await count_by_days_of(settings, service.flow.db)
        log.info("other settings hold from now on")

    def _retire_worker(self) -> None:
        if self._worker:
            task = asyncio.create_task(self._worker.stop(UNDER_WAY))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)
            self._worker = None


class Worker:
    """Runs the jobs; without sending configured all but delivering."""

    def __init__(self, service: Service) -> None:
        settings = service.settings
        self._background = Background()
        self._db, self._queue = service.flow.db, service.flow.queue
        on = settings.answering == "on"
        self._sender = outgoing(settings.smtp, service.grants) if settings.smtp and on else None
        # Apart, for a letter about answers that wait must not wait with them; and there also where
        # n8n sends the answers.
        server = settings.smtp_server if on else None
        self._letters = outgoing(server, service.grants) if server else None
        self._courier = Courier(service.flow, self._sender) if self._sender else None
        self._hands = jobs.Hands(
            service.flow,
            self._courier,
            service.trainer(),
            service.keeper(),
            service.teller(),
            service.grants,
            retention(settings, self._db),
            service.watch(self._letters),
            Porter(service.flow, "en" if settings.language == "en" else "es").run,
        )

    def start(self) -> None:
        if self._courier:
            self._background.start("worker's lock", self._courier.stay_alive)
            self._background.start("worker's claims", self._courier.keep_claims)
        self._background.start("search", lambda: keep_searchable(self._db))
        self._working = [self._work(queue) for queue in jobs.CONCURRENCY]

    async def stop(self, patience: float) -> None:
        """Take nothing more, and wait so many seconds for the mails under way."""
        if self._courier:
            self._courier.stopping = True
        for task in self._working:
            task.cancel()
        try:
            await asyncio.wait(self._working, timeout=patience)
            for sender in filter(None, (self._sender, self._letters)):
                await sender.close()
        finally:
            await self._background.stop()

    def _work(self, queue: str) -> asyncio.Task[None]:
        work = partial(jobs.work, self._queue, self._hands, queue)
        return self._background.start(f"jobs: {queue}", work)

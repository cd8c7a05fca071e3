"""`buzon serve`: pages, API, mail readers, worker and embedded database in one process."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from typing import Literal
from zoneinfo import ZoneInfo

import structlog
import uvicorn
from fastapi import FastAPI

from buzon import jobs
from buzon.api import Context, create_api, end_stats
from buzon.cli.desk import StoreDesk
from buzon.cli.first import refuse_what_never_worked
from buzon.cli.parts import (
    Service,
    Store,
    is_first_start,
    keep_alive,
    make_service,
    open_store,
    outgoing,
    page_address,
)
from buzon.config import Settings, Smtp
from buzon.errors import AddressInUse, gist
from buzon.flow import Courier, Flow, handle_mails, keep_searchable, people
from buzon.mail import language, smtpd
from buzon.reception import Reader
from buzon.web import create_web, end_streams

log = structlog.get_logger()

Part = Literal["web", "mail", "work"]
RESTART_PAUSE = 1.0  # seconds
STOP_SECONDS = 3


async def serve(settings: Settings, only: Part | None) -> None:
    """Until SIGINT or SIGTERM. Raises BuzonError where it can't start."""
    told_to_stop = listen_for_signals()
    parts: set[Part] = {only} if only else {"web", "mail", "work"}
    if "web" in parts:
        refuse_taken_port(settings.host, settings.port)
    if is_first_start(settings):
        print("The first start trains the model, which takes some seconds…", flush=True)
    warming = asyncio.create_task(asyncio.to_thread(warm_up))
    async with open_store(settings) as store:
        await refuse_what_never_worked(settings, store.db)
        await warming
        service = await make_service(settings, store.db)
        async with AsyncExitStack() as running:
            await _serve(service, parts, store, running)
            await told_to_stop.wait()


def warm_up() -> None:
    """Load what takes long to load, while the database starts."""
    import sklearn  # noqa: F401 - the model needs it, and takes a second to find out

    language.detect("Buenos días, ¿a qué hora abren?")


def listen_for_signals() -> asyncio.Event:
    """Set by SIGINT and SIGTERM: from the start on, for who is told to stop while starting must
    not leave the embedded database behind."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    return stop


async def _serve(service: Service, parts: set[Part], store: Store, running: AsyncExitStack) -> None:
    settings, flow = service.settings, service.flow
    background = Background()
    await running.enter_async_context(background)
    background.start("model", service.follower.run)
    readers = [Reader(flow, mailbox) for mailbox in settings.mailboxes] if "mail" in parts else []
    for reader in readers:
        background.start(f"reader {reader.mailbox.key}", reader.run)
    if store.embedded:
        embedded = store.embedded
        background.start("database", lambda: keep_alive(embedded))
    if "mail" in parts and settings.sandbox:
        await running.enter_async_context(sandbox(flow, *settings.sandbox))
    if "work" in parts:
        background.start("search", lambda: keep_searchable(flow.db))
        await running.enter_async_context(worker(service, background))
    if "web" in parts:
        states = [reader.state for reader in readers]
        desk = StoreDesk(settings, flow, states)
        await running.enter_async_context(serve_pages(settings, flow, desk))
        await announce(settings, store, flow)
    else:
        print(f"Buzón runs ({', '.join(sorted(parts))}). Stop it with Ctrl-C.", flush=True)


def refuse_taken_port(host: str, port: int) -> None:
    """Raise AddressInUse now rather than after the database has started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise AddressInUse(
                f"Buzón can't listen on {host}:{port} ({error.strerror}).",
                "Stop the program that has the port, or set BUZON_HOST and BUZON_PORT.",
            ) from error


class Background:
    """Tasks that run beside the pages, started again when they fail, ended with us."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._keep_running(name, work), name=name)
        self._tasks.append(task)
        return task

    async def _keep_running(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        said = ""
        while True:
            try:
                await work()
            except Exception as error:
                why = repr(error.__cause__ or error)
                if said != gist(why):
                    said = gist(why)
                    log.warning("restarted after a failure", part=name, why=said[:300])
            await asyncio.sleep(RESTART_PAUSE)

    async def __aenter__(self) -> "Background":
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def sandbox(flow: Flow, host: str, port: int) -> AsyncIterator[None]:
    server = await smtpd.listen(host, port, lambda raw: handle_mails(flow, [raw]))
    try:
        yield
    finally:
        server.close()


@asynccontextmanager
async def worker(service: Service, background: Background) -> AsyncIterator[None]:
    """Runs the jobs; without sending configured all but delivering."""
    smtp = service.settings.smtp
    async with delivery(service, smtp, background) if smtp else nullcontext() as courier:
        hands = jobs.Hands(courier, service.trainer(), service.keeper())
        working = background.start("worker", lambda: jobs.work(service.flow.queue, hands))
        try:
            yield
        finally:
            if courier:
                courier.stopping = True
            working.cancel()
            # A server that does not answer would keep us; what it has is found again at the start.
            await asyncio.wait([working], timeout=STOP_SECONDS * 2)


@asynccontextmanager
async def delivery(service: Service, smtp: Smtp, background: Background) -> AsyncIterator[Courier]:
    sender = outgoing(smtp)
    courier = Courier(service.flow, sender)
    background.start("worker's lock", courier.stay_alive)
    try:
        yield courier
    finally:
        await sender.close()


class Server(uvicorn.Server):
    """Leaves signals to us, and ends the live pages and streams before it waits for open responses:
    they never end by themselves."""

    def __init__(self, config: uvicorn.Config, api: FastAPI, pages: FastAPI) -> None:
        super().__init__(config)
        self.api = api
        self.pages = pages

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        end_stats(self.api)
        end_streams(self.pages)
        await super().shutdown(sockets)


@asynccontextmanager
async def serve_pages(settings: Settings, flow: Flow, desk: StoreDesk) -> AsyncIterator[None]:
    """Pages and API in one: the API's routes first, the pages behind."""
    pages = create_web(desk, company=settings.company, timezone=ZoneInfo(settings.timezone))
    app = create_api(Context(flow, settings.default_mailbox, desk.faults))
    app.mount("/", pages)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
    )
    server = Server(config, app, pages)
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110 - no event for it
            await asyncio.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        await serving


async def announce(settings: Settings, store: Store, flow: Flow) -> None:
    """Say where the page is, how to get in, and what mailbox, sending and model are."""
    async with store.db.transaction() as db:
        link = await people.first_link(db)
    page = page_address(settings)
    lines = [
        "",
        f"  Buzón runs at {page}",
        *([f"  Make its first administrator, once, at {page}/sign-in/{link}"] if link else []),
        "",
        *(f"  {name:<9}{text}" for name, text in _summary(settings, store, flow)),
        "",
        "  Stop it with Ctrl-C.",
        "",
    ]
    print("\n".join(lines), flush=True)


def _summary(settings: Settings, store: Store, flow: Flow) -> Sequence[tuple[str, str]]:
    mailbox = ", ".join(f"{box.key} at {box.host}" for box in settings.mailboxes)
    if settings.sandbox:
        mailbox = (
            f"sandbox: mail to any address at {settings.sandbox_smtp}; "
            "try `.venv/bin/buzon simulate` in another terminal"
        )
    sending = "not configured: answers are kept and shown, nothing is sent"
    if settings.smtp:
        sending = f"through {settings.smtp.host}:{settings.smtp.port}"
    if settings.mail == "external":
        mailbox = sending = "left to an external program, such as n8n"
    database = "embedded, in " + str(settings.data_dir) if store.embedded else "PostgreSQL"
    return [
        ("Mailbox", mailbox),
        ("Sending", sending),
        ("Model", flow.at_work.version),
        ("Database", database),
    ]

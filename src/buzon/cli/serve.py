"""`buzon serve`: pages, API, mail readers, worker and embedded database, all of it."""

import asyncio
import signal
import socket
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack

import structlog

from buzon.cli.address import page_address, program
from buzon.cli.alive import tell_alive
from buzon.cli.background import Background
from buzon.cli.first import refuse_what_never_worked
from buzon.cli.front import serve_front
from buzon.cli.parts import (
    Part,
    Service,
    Store,
    is_first_start,
    keep_alive,
    make_service,
    open_store,
)
from buzon.cli.running import Running
from buzon.cli.tokens import keep_given
from buzon.config import Settings
from buzon.errors import AddressInUse, SettingsError
from buzon.flow import Flow, people
from buzon.mail.understand import UnderstandAll
from buzon.store.embedded import Embedded

log = structlog.get_logger()

ALL: Sequence[Part] = ("web", "mail", "work")


async def serve(settings: Settings, only: Collection[Part], understand_all: UnderstandAll) -> None:
    """Until SIGINT or SIGTERM. `only`: these parts; none means all. Raises BuzonError where it
    can't start."""
    told_to_stop = listen_for_signals()
    parts: set[Part] = set(only) or set(ALL)
    if parts != set(ALL):
        await asyncio.to_thread(refuse_database_of_its_own, settings)
        tell_of_key(settings)
    if "web" in parts:
        refuse_taken_port(settings.host, settings.port)
    if is_first_start(settings):
        print("The first start trains the model, which takes some seconds…", flush=True)
    warming = asyncio.create_task(asyncio.to_thread(warm_up))
    async with open_store(settings) as store:
        await refuse_what_never_worked(settings, store.db, parts)
        await keep_given(settings, store.db)
        await warming
        service = await make_service(store.settings, store.db, understand_all)
        async with AsyncExitStack() as stack:
            await _serve(settings, service, parts, store, stack)
            await told_to_stop.wait()


def refuse_database_of_its_own(settings: Settings) -> None:
    """Raise SettingsError where a part would make an embedded database that no other part sees. One
    that runs in the same folder is shared; another machine's can't be."""
    if settings.database_url is None and not Embedded(settings.data_dir).alive():
        raise SettingsError(
            "serve --only shares a database with the processes that do the rest; none is named.",
            "Set BUZON_DATABASE_URL to that PostgreSQL server, the same one for all of them; on one"
            f" machine a running `buzon serve` with the same data folder ({settings.data_dir}) will"
            " do.",
        )


def tell_of_key(settings: Settings) -> None:
    """A key that is made in a folder is another one on each machine."""
    if not settings.secret_key.get_secret_value():
        log.info(
            "passwords that are chosen on the pages are locked with the key in the data folder",
            folder=str(settings.data_dir),
            on_several_machines="give all of them the same BUZON_SECRET_KEY",
        )


def warm_up() -> None:
    """Load what takes long to load, while the database starts."""
    import buzon.classifier.artifact  # noqa: F401 - takes half a second


def listen_for_signals() -> asyncio.Event:
    """Set by SIGINT and SIGTERM: from the start on, for who is told to stop while starting must
    not leave the embedded database behind."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    return stop


async def _serve(
    given: Settings, service: Service, parts: set[Part], store: Store, stack: AsyncExitStack
) -> None:
    background = Background()
    await stack.enter_async_context(background)
    if store.embedded:
        embedded = store.embedded
        background.start("database", lambda: keep_alive(embedded))
    running = Running(given, service, parts)
    stack.push_async_callback(running.stop)
    await running.start()
    if "web" in parts:
        await stack.enter_async_context(serve_front(given, running.make_front()))
        await announce(service.settings, store, service.flow)
    else:
        print(f"Buzón runs ({', '.join(sorted(parts))}). Stop it with Ctrl-C.", flush=True)
    following = Background()
    await stack.enter_async_context(following)
    following.start("settings", running.follow)
    if "web" not in parts:
        following.start("alive", lambda: tell_alive(store.db, given.data_dir))


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


def simulating(settings: Settings) -> str:
    """The command that plays sample mails into this sandbox, from another terminal."""
    usual = Settings.model_fields["sandbox_smtp"].default
    given = f"BUZON_SANDBOX_SMTP={settings.sandbox_smtp} " if settings.sandbox_smtp != usual else ""
    return f"{given}{program()} simulate"


def _summary(settings: Settings, store: Store, flow: Flow) -> Sequence[tuple[str, str]]:
    mailbox = ", ".join(f"{box.key} at {box.host}" for box in settings.mailboxes)
    if settings.sandbox:
        mailbox = (
            f"sandbox: mail to any address at {settings.sandbox_smtp}; "
            f"try `{simulating(settings)}` in another terminal"
        )
    sending = "not configured: answers are kept and shown, nothing is sent"
    if settings.smtp:
        sending = f"through {settings.smtp.host}:{settings.smtp.port}"
    if settings.mail == "external":
        mailbox = "left to an external program, such as n8n"
        sending = f"{mailbox}; what it doesn't report {sending}" if settings.smtp else mailbox
    database = "embedded, in " + str(settings.data_dir) if store.embedded else "PostgreSQL"
    return [
        ("Mailbox", mailbox),
        ("Sending", sending),
        ("Model", flow.at_work.version),
        ("Database", database),
    ]

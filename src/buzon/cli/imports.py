"""`buzon import`."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from buzon import reception
from buzon.cli.parts import make_service, open_store
from buzon.config import Settings
from buzon.errors import BuzonError
from buzon.flow import Flow, ParseAll, parse_each
from buzon.mail.archive import Archive, open_archive
from buzon.records import Message, RawMail
from buzon.store.db import Connection


async def import_all(settings: Settings, paths: Sequence[Path], mailbox: str) -> None:
    archives = [open_archive(path) for path in paths]  # all are looked at before one is imported
    with parser() as parse_all:
        async with open_store(settings) as store:
            service = await make_service(store.settings, store.db)
            flow = replace(service.flow, parse_all=parse_all)
            for archive in archives:
                await _import(flow, archive, mailbox or store.settings.default_mailbox)


@contextmanager
def parser() -> Iterator[ParseAll]:
    """Parses in a process of its own, so that a second core takes part."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:

        async def parse_all(raws: Sequence[RawMail]) -> list[Message]:
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, parse_each, raws)
            except BrokenProcessPool as error:
                raise BuzonError(
                    "The process that parses mails was ended from outside.",
                    "Start the import again: it goes on where it was. Was memory short?",
                ) from error

        yield parse_all


async def _import(flow: Flow, archive: Archive, mailbox: str) -> None:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[mails]:,} mails"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(Path(archive.name).name, total=archive.length, mails=0)

        async def tell(_db: Connection, progress: reception.Progress) -> None:
            mails = progress.stored + progress.known + progress.parked
            bar.update(task, completed=progress.position, mails=mails)

        done = await reception.import_archive(flow, archive, mailbox, tell)
    print(
        f"{archive.name}: {done.stored} stored, {done.known} known before, "
        f"{done.parked} parked as not understood. None of them is answered."
    )

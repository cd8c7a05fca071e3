"""`buzon import`."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from buzon import reception
from buzon.cli.parts import make_service, open_store
from buzon.config import Settings
from buzon.flow import Flow
from buzon.mail.archive import Archive, open_archive
from buzon.mail.understand import UnderstandAll
from buzon.store.db import Connection

PROCESSES = 2  # that understand, which is two thirds of the work


async def import_all(
    settings: Settings, paths: Sequence[Path], mailbox: str, understand_all: UnderstandAll
) -> None:
    archives = [open_archive(path) for path in paths]  # all are looked at before one is imported
    async with open_store(settings) as store:
        service = await make_service(store.settings, store.db, understand_all)
        for archive in archives:
            await _import(service.flow, archive, mailbox or store.settings.default_mailbox)


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

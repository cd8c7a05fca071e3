"""`buzon import`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from buzon import reception
from buzon.cli.parts import load_classifier, make_flow, open_store
from buzon.config import Settings
from buzon.flow import Flow
from buzon.mail.archive import Archive, open_archive


async def import_all(settings: Settings, paths: Sequence[Path], mailbox: str) -> None:
    archives = [open_archive(path) for path in paths]  # all are looked at before one is imported
    classifier = await asyncio.to_thread(load_classifier, settings)
    async with open_store(settings) as store:
        flow = await make_flow(settings, store.db, classifier)
        for archive in archives:
            await _import(flow, archive, mailbox or settings.default_mailbox)


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
        task = bar.add_task(archive.path.name, total=archive.length, mails=0)

        def tell(progress: reception.Progress) -> None:
            mails = progress.stored + progress.known + progress.parked
            bar.update(task, completed=progress.position, mails=mails)

        done = await reception.import_archive(flow, archive, mailbox, tell)
    print(
        f"{archive.path}: {done.stored} stored, {done.known} known before, "
        f"{done.parked} parked as not understood. None of them is answered."
    )

"""`buzon purge`."""

from rich.console import Console
from rich.filesize import decimal
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from buzon.cli.parts import open_store, retention
from buzon.config import Settings
from buzon.flow import Purged


async def purge(settings: Settings) -> None:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    async with open_store(settings) as store:
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Looking for old mails")
            done = await retention(store.settings, store.db).carry_out(
                lambda purged: bar.update(task, description=told(purged))
            )
    print(told(done))
    for days, what in (
        (store.settings.keep_raw_days, "Mails as they came"),
        (store.settings.keep_text_days, "Texts and addresses"),
    ):
        print(f"{what} are kept for {f'{days} days' if days else 'ever'}.")


def told(purged: Purged) -> str:
    gone = purged.forgotten
    return (
        f"Raw mails deleted: {purged.raw_mails + gone.raw_mails:,}"
        f" ({decimal(purged.bytes + gone.bytes)}). Forgotten: texts and addresses of"
        f" {gone.mails:,} mails, {gone.answers:,} answers."
    )

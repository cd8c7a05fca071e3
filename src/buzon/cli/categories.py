"""`buzon category list|add|rename|retire`."""

from rich.console import Console
from rich.table import Table

from buzon.cli.parts import open_store
from buzon.config import Settings
from buzon.flow import add_category, carry_on_renaming, rename_category, retire_category
from buzon.store import categories

WHO = "buzon category"


async def show(settings: Settings) -> None:
    async with open_store(settings) as store, store.db.transaction() as db:
        found, language = await categories.listed(db), store.settings.language
    table = Table("name", "title", "")
    for category in found:
        note = f"now {category.becomes}" if category.becomes else "retired"
        title = category.titles.get(language) or category.name
        table.add_row(category.name, title, note if category.retired_at else "")
    Console().print(table)


async def add(settings: Settings, name: str, title: str) -> None:
    async with open_store(settings) as store:
        await add_category(
            store.db, name, {store.settings.language: title or name.capitalize()}, WHO
        )
    print(f"{name} can be given to mails now; it is predicted from five examples on.")


async def rename(settings: Settings, name: str, becomes: str) -> None:
    async with open_store(settings) as store:
        await rename_category(store.db, name, becomes, WHO)
        print(f"{name} is {becomes} now.")
        await carry_on_renaming(store.db)


async def retire(settings: Settings, name: str) -> None:
    async with open_store(settings) as store:
        await retire_category(store.db, name, WHO)
    print(f"No mail is called {name} any more; the labels given so far are kept.")

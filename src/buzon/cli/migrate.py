"""`buzon migrate`."""

from buzon.cli.parts import external_url
from buzon.config import Settings
from buzon.store import schema
from buzon.store.embedded import Embedded


def migrate(settings: Settings) -> None:
    if settings.database_url is not None:
        report(schema.migrate(external_url(settings)))
        return
    embedded = Embedded(settings.data_dir)
    try:
        report(schema.migrate(embedded.start()))
    finally:
        embedded.stop()


def report(applied: list[str]) -> None:
    print(f"Applied: {', '.join(applied)}." if applied else "The tables are up to date.")

"""`buzon migrate`."""

from buzon.cli.parts import external_url
from buzon.config import Settings
from buzon.store import roles, schema
from buzon.store.embedded import Embedded


def migrate(settings: Settings) -> None:
    if settings.database_url is not None:
        bring_up_to_date(external_url(settings), settings)
        return
    embedded = Embedded(settings.data_dir)
    try:
        bring_up_to_date(embedded.start(), settings)
    finally:
        embedded.stop()


def bring_up_to_date(url: str, settings: Settings) -> None:
    applied = schema.migrate(url)
    print(f"Applied: {', '.join(applied)}." if applied else "The tables are up to date.")
    password = settings.bi_password.get_secret_value()
    if password or roles.exists(url):  # an administrator may have made it since
        roles.open_to_bi(url, password)
    if password:
        print(f"{roles.BI} may sign in, with BUZON_BI_PASSWORD.")

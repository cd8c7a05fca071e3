"""`buzon secrets rotate`: everything that is locked, locked with a new key.

Killed at any moment, it leaves nothing that can't be read: the file holds both keys before the
first password is locked anew, and the old one until the last is. Run again, it goes on with the
same key.
Services read the file whenever they lock or unlock something, so they go on.
"""

from buzon.cli.parts import open_store
from buzon.cli.safe import Safe
from buzon.config import Settings
from buzon.errors import SettingsError
from buzon.store import locked
from buzon.store.db import Database

WHO = "buzon secrets rotate"


async def rotate(settings: Settings) -> None:
    """Raises WrongKey where something was locked with a key that we don't have, and changes nothing
    then; SettingsError where no new key is given."""
    safe = Safe(settings)
    async with open_store(settings) as store:
        if settings.secret_key.get_secret_value():
            _refuse_same(settings)
        else:
            safe.add_key()
        count = await _lock_anew(store.db, safe)
        # Whoever was about to write with the old key has by now.
        count += await _lock_anew(store.db, safe)
    safe.drop_old_keys()
    print(f"{count} passwords and tokens are locked with the new key.")
    if settings.secret_key.get_secret_value():
        print("BUZON_OLD_SECRET_KEY can go, once every process has the new BUZON_SECRET_KEY.")


def _refuse_same(settings: Settings) -> None:
    if not settings.old_secret_key.get_secret_value():
        raise SettingsError(
            "The key is given as BUZON_SECRET_KEY, and there is no other.",
            "Give the present one as BUZON_OLD_SECRET_KEY and a new one as BUZON_SECRET_KEY to"
            " every process, start them again, and run this again.",
        )


async def _lock_anew(db: Database, safe: Safe) -> int:
    async with db.transaction(by=WHO) as connection:
        await locked.hold(connection)
        return await locked.change(connection, safe.lock_anew)

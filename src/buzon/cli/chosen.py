"""The settings that hold: those that are given, and what was chosen on the pages."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from buzon import config
from buzon.cli.safe import Safe, WrongKey
from buzon.config import PROVIDERS, SENDING, Mailbox, Settings
from buzon.errors import SettingsError, WrongSettings
from buzon.store import inboxes, settings
from buzon.store.db import Database
from buzon.store.inboxes import Inbox

log = structlog.get_logger()


class Chooser:
    """Puts `given`, and what was chosen on the pages, together."""

    def __init__(self, given: Settings) -> None:
        self.given = given
        self.safe = Safe(given)
        self._told: set[str] = set()

    async def settings(self, db: Database) -> Settings:
        """Raises SettingsError. What is locked with another key is left out, and that is logged
        once: the pages, where it is entered again, must come up all the same."""
        async with db.transaction() as connection:
            chosen = await settings.values(connection)
            locked = await settings.secrets(connection)
            boxes = await inboxes.listed(connection)
        chosen = self._with_secrets(chosen, locked)
        try:
            return config.complete(self.given, chosen, self._unlocked(boxes))
        except WrongSettings as error:
            name, (_, words, _) = next(iter(error.faults.items()))
            raise SettingsError(
                f"In the table settings, {name} {words}.", "Correct the row, or delete it."
            ) from error

    def _with_secrets(self, chosen: Mapping[str, Any], locked: Mapping[str, str]) -> dict[str, Any]:
        """Each by itself: that one provider's secret is lost must not end sending."""
        found, lost = dict(chosen), set[str]()
        for name, secret in locked.items():
            try:
                found[name] = self.safe.unlock(secret)
            except WrongKey as error:
                self._tell("sending" if name in SENDING else name, error)
                lost.update(_useless_without(name))
        return {name: value for name, value in found.items() if name not in lost}

    def _unlocked(self, boxes: Sequence[Inbox]) -> list[Mailbox]:
        found = []
        for box in boxes:
            try:
                password = "" if box.auth == "oauth2" else self.safe.unlock(box.password)
                found.append(mailbox_of(box, password))
            except WrongKey as error:
                self._tell(box.name, error)
        return found

    def _tell(self, what: str, error: WrongKey) -> None:
        if what not in self._told:
            log.warning("left out of the settings", what=what, why=str(error))
        self._told.add(what)


def _useless_without(secret: str) -> Sequence[str]:
    """What is of no use without a secret: all of sending, or of the provider whose it is."""
    if secret in SENDING:
        return SENDING
    provider, _, _ = secret.partition("_")
    return [name for name in PROVIDERS if name.startswith(f"{provider}_")]


def mailbox_of(box: Inbox, password: str) -> Mailbox:
    return Mailbox.model_validate(
        {
            "name": box.name,
            "host": box.host,
            "port": box.port,
            "security": box.security,
            "user": box.username,
            "password": password,
            "folder": box.folder,
            "after": box.after,
            "auth": box.auth,
        }
    )

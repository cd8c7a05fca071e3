"""The model that commands go by which do without the database."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from buzon.cli.parts import external_url, make_registry, open_store
from buzon.config import Settings
from buzon.errors import ModelError
from buzon.flow import kept
from buzon.mail import clean
from buzon.store import schema
from buzon.store.embedded import Embedded

if TYPE_CHECKING:  # takes half a second to import
    from buzon.classifier.artifact import Artifact
    from buzon.classifier.model import Classifier


def load_classifier(settings: Settings, file: Path | None = None) -> "Classifier":
    """The model of a file, or the one at work, for which the database is asked only where it is not
    in its folder; where no model was ever trained here, the starter model. Raises ModelError, and
    DatabaseError where the database must be asked and can't be."""
    if file:
        return _open(file)
    from buzon.classifier import embed
    from buzon.classifier.teach import teach_starter

    if settings.embeddings:  # without it a good model could not be opened, and would be set aside
        embed.load(settings.embeddings)
    return make_registry(settings).load_or_train(
        lambda: asyncio.run(_kept(settings)) or teach_starter(clean.newest, settings.embeddings)
    )


async def _kept(settings: Settings) -> "Artifact | None":
    """The model at work as the database keeps it; None where there is none yet."""
    if not await asyncio.to_thread(_has_tables, settings):
        return None
    async with open_store(settings) as store, store.db.reading() as db:
        return await kept(db)


def _has_tables(settings: Settings) -> bool:
    if settings.database_url is None:
        return Embedded(settings.data_dir).data.exists()
    return bool(schema.applied(external_url(settings)))


def _open(path: Path) -> "Classifier":
    """A model that somebody names by its file, and thereby vouches for."""
    from buzon.classifier.artifact import unpack_trusted

    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} can't be read: {error.strerror}.", "Check the name.") from error
    try:
        return unpack_trusted(content)
    except ModelError as error:
        raise ModelError(f"{path}: {error.what}", error.do) from error

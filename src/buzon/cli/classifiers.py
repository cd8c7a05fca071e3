"""The model that commands go by which do without the database."""

from pathlib import Path
from typing import TYPE_CHECKING

from buzon.cli.parts import make_registry
from buzon.config import Settings
from buzon.errors import ModelError
from buzon.mail import clean

if TYPE_CHECKING:  # takes half a second to import
    from buzon.classifier.model import Classifier


def load_classifier(settings: Settings, file: Path | None = None) -> "Classifier":
    """The model of a file, or the one at work; where no model was ever trained here, the starter
    model. Raises ModelError."""
    if file:
        return _open(file)
    from buzon.classifier import embed
    from buzon.classifier.teach import teach_starter

    if settings.embeddings:  # without it a good model could not be opened, and would be set aside
        embed.load(settings.embeddings)
    return make_registry(settings).load_or_train(
        lambda: teach_starter(clean.newest, settings.embeddings)
    )


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

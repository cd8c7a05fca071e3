"""The model at work on disk: models/model.joblib, and model.json that says what it is.

Opening a joblib file runs whatever is in it. So a file is opened only if its SHA-256 is the one
in model.json; any other is set aside under another name, and a new model is trained.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
import structlog

from buzon.classifier import corpus
from buzon.classifier.model import Classifier
from buzon.classifier.train import recipe
from buzon.errors import ModelError

log = structlog.get_logger()


class Registry:
    """The models in a folder, which is made where it is missing.

    `embeddings` names the embedding model that they use, if any.
    """

    def __init__(self, folder: Path, embeddings: str = "") -> None:
        self.folder = folder
        self.embeddings = embeddings
        self.model = folder / "model.joblib"
        self.about = folder / "model.json"

    def load_or_train(self, train: Callable[[], Classifier]) -> Classifier:
        """The model at work; where there is none that is whole and of this program, a new one.

        Several processes may call it at once: one trains, the others wait and load. Raises
        ModelError where there is no good model and the folder can't be written.
        """
        with self._locked() as obstacle:
            model = self._load()
            if model is None and obstacle:
                raise self._not_writable(obstacle) from obstacle
            if model is None:
                model = train()
                self._save(model)
            return model

    @contextmanager
    def _locked(self) -> Iterator[OSError | None]:
        """Holds the folder for one process, or yields why it can't be: a folder that nobody can
        write needs no lock."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "model.lock").open("a")
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as obstacle:
            yield obstacle
        else:
            with lock:  # closing it frees it
                yield None

    def _load(self) -> Classifier | None:
        try:
            content = self.model.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise ModelError(
                f"The model {self.model} can't be read: {error.strerror}.",
                "Give the user that runs Buzón the right to read it.",
            ) from error
        about = self._read_about()
        if about.get("sha256") != hashlib.sha256(content).hexdigest():
            self._set_aside("it isn't the file that model.json describes")
            return None
        if about.get("made_by") != self._made_by():
            log.info(
                "the model was made by another version or for other settings and is trained anew",
                model=str(self.model),
            )
            return None
        return self._open(content)

    def _read_about(self) -> dict[str, Any]:
        try:
            about = json.loads(self.about.read_bytes())
        except (OSError, ValueError) as error:
            log.warning("model.json can't be read", file=str(self.about), why=str(error))
            return {}
        return about if isinstance(about, dict) else {}

    def _open(self, content: bytes) -> Classifier | None:
        try:
            model = joblib.load(BytesIO(content))
        except Exception as error:  # whatever a pickle raises that its own program can't open
            self._set_aside(f"it can't be opened: {error!r}")
            return None
        if isinstance(model, Classifier):
            return model
        self._set_aside(f"it holds no Classifier but a {type(model).__name__}")
        return None

    def _set_aside(self, why: str) -> None:
        refused = self.model.with_name(
            f"{self.model.name}.refused-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
        )
        try:
            self.model.rename(refused)
        except OSError as error:
            raise ModelError(
                f"The model {self.model} is refused: {why}.",
                f"It can't be set aside ({error.strerror}): make the folder writable.",
            ) from error
        log.warning("the model is refused and a new one trained", why=why, kept_as=str(refused))

    def _save(self, model: Classifier) -> None:
        packed = BytesIO()
        joblib.dump(model, packed, compress=("zlib", 1))
        about = {
            "version": model.version,
            "sha256": hashlib.sha256(packed.getbuffer()).hexdigest(),
            "trained_at": model.trained_at.isoformat(),
            "made_by": self._made_by(),
            "classes": model.classes,
            "metrics": model.metrics,
            "left_out": model.left_out,
        }
        try:
            _write(self.model, packed.getvalue())
            _write(self.about, json.dumps(about, indent=2).encode())
        except OSError as obstacle:
            raise self._not_writable(obstacle) from obstacle

    def _made_by(self) -> dict[str, str]:
        """What a model must agree with to be opened and to mean the same."""
        return {
            "recipe": hashlib.sha256(recipe().encode()).hexdigest(),
            "corpus": corpus.digest(),
            "embeddings": self.embeddings,
            "scikit-learn": _series(sklearn.__version__),
            "numpy": _series(np.__version__),
        }

    def _not_writable(self, obstacle: OSError) -> ModelError:
        return ModelError(
            f"The model can't be kept in {self.folder}: {obstacle.strerror}.",
            "Make room and the folder writable, or name another one in BUZON_MODELS_DIR.",
        )


def _series(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _write(path: Path, content: bytes) -> None:
    """Puts a file in its place whole or not at all, also when the power goes."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

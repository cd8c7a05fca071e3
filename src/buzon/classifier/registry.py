"""The model at work on disk: models/model.joblib, and model.json that says what it is.

Only a file whose SHA-256 is the one that was noted is opened; any other is set aside under another
name. Where there is a database, that holds the SHA-256, and every version besides.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

from buzon.classifier.artifact import STARTER, Artifact, made_by, understands, unpack
from buzon.classifier.model import Classifier
from buzon.errors import ModelError

log = structlog.get_logger()


class Registry:
    """The folder of the model at work, which is made where it is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = folder / "model.joblib"
        self.about = folder / "model.json"

    def load_or_train(self, train: Callable[[], Artifact]) -> Classifier:
        """The model at work, for commands that do without a database; where there is none that is
        whole and of this program, a new one.

        Several processes may call it at once: one trains, the others wait and load. Raises
        ModelError where there is no good model and the folder can't be written.
        """
        with self._locked() as obstacle:
            model = self._load()
            if model is None and obstacle:
                raise self._not_writable(obstacle) from obstacle
            if model is None:
                artifact = train()
                self._write(artifact)
                model = unpack(artifact.content, artifact.sha256)
            return model

    def starter(self) -> Artifact | None:
        """The starter model where it lies here already, trained by this very program for a command
        that did without the database: who needs it first needn't train it again."""
        with self._locked():
            content = self._read()
            if content is None or self._is_foreign(content):
                return None
            about = self._read_about()
            if about.get("made_by") != made_by("") or STARTER not in about:
                return None
            return Artifact(about["version"], content, about["sha256"], about["made_by"], about)

    def content(self, digest: str) -> bytes | None:
        """The file, if it is the one with this SHA-256; a foreign one is set aside."""
        with self._locked():
            content = self._read()
            if content is None:
                return None
            if sha256(content).hexdigest() != digest:
                if self._is_foreign(content):
                    self._set_aside("it isn't the model that was put to work")
                return None
            return content

    def refuse_unwritable(self) -> None:
        """Raise ModelError where nothing can be kept here: now rather than after a training."""
        with self._locked() as obstacle:
            if obstacle:
                raise self._not_writable(obstacle) from obstacle

    def put(self, artifact: Artifact) -> None:
        """Make this the model at work on disk. Raises ModelError where it can't be written."""
        with self._locked() as obstacle:
            if obstacle:
                raise self._not_writable(obstacle) from obstacle
            self._write(artifact)

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
        content = self._read()
        if content is None:
            return None
        if self._is_foreign(content):
            self._set_aside("it isn't the file that model.json describes")
            return None
        about = self._read_about()
        if not understands(about.get("made_by", {})):
            log.info(
                "the model was made by another version and is trained anew", model=str(self.model)
            )
            return None
        try:
            return unpack(content, about["sha256"])
        except ModelError as error:
            self._set_aside(error.what)
            return None

    def _read(self) -> bytes | None:
        try:
            return self.model.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise ModelError(
                f"The model {self.model} can't be read: {error.strerror}.",
                "Give the user that runs Buzón the right to read it.",
            ) from error

    def _is_foreign(self, content: bytes) -> bool:
        return bool(self._read_about().get("sha256") != sha256(content).hexdigest())

    def _read_about(self) -> dict[str, Any]:
        try:
            about = json.loads(self.about.read_bytes())
        except (OSError, ValueError) as error:
            log.warning("model.json can't be read", file=str(self.about), why=str(error))
            return {}
        return about if isinstance(about, dict) else {}

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
        log.warning("the model is refused", why=why, kept_as=str(refused))

    def _write(self, artifact: Artifact) -> None:
        about = {
            "version": artifact.version,
            "sha256": artifact.sha256,
            "made_by": artifact.made_by,
            **artifact.about,
        }
        try:
            write_whole(self.model, artifact.content)
            write_whole(self.about, json.dumps(about, indent=2).encode())
        except OSError as obstacle:
            raise self._not_writable(obstacle) from obstacle

    def _not_writable(self, obstacle: OSError) -> ModelError:
        return ModelError(
            f"The model can't be kept in {self.folder}: {obstacle.strerror}.",
            "Make room and the folder writable, or name another one in BUZON_MODELS_DIR.",
        )


def write_whole(path: Path, content: bytes) -> None:
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

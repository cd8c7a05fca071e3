"""Dense features beside the n-grams: what a text means, as a language model sees it.

Any ONNX or sentence-transformers model can be named. A classifier that uses one holds its name,
not its weights. What runs it (the extra `embeddings`) is imported when a model is loaded.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from buzon.classifier.codes import MAX_CHARS
from buzon.classifier.onnx_model import MAX_TOKENS, OnnxModel, has_onnx
from buzon.errors import ModelError

Floats = NDArray[np.float32]
Vectors = Callable[[list[str]], Floats]

_BATCH = 8
_PROBE = ["Order 1234 hasn't arrived. ¿Cuándo llega mi pedido?"]
_SAME = 0.999  # cosine; the same weights on another processor or runtime differ by 1e-5
_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)


class Embedder(Protocol):
    """Turns texts into rows of unit length, float32 of shape (n, width).

    Any number of threads may share it.
    """

    name: str
    width: int

    def encode(self, texts: Sequence[str]) -> Floats: ...


@lru_cache(maxsize=4)  # the champion, the challenger and older versions share the weights
def load(name: str) -> Embedder:
    """The model of a folder, of a Python package that carries one, or of the Hugging Face Hub.

    Raises ModelError, saying what is missing.
    """
    try:
        return Loaded(name, _open(name))
    except ModelError:
        raise
    except ImportError as error:
        raise ModelError(
            f"The embedding model {name} can't be run here: {_first_line(error)}.",
            "pip install 'buzon[embeddings]'",
        ) from error
    except Exception as error:  # whatever its libraries raise at a broken file
        raise ModelError(
            f"The embedding model {name} can't be opened: {_first_line(error)}.",
            "Copy it again, or name another one in BUZON_EMBEDDINGS.",
        ) from error


class Loaded:
    """A model in memory under the name it was loaded by.

    It is pickled as that name and what it makes of one sentence. So a classifier never opens
    with another model that took the name since, whose vectors would mean nothing to it.
    """

    def __init__(self, name: str, vectors: Vectors) -> None:
        self._vectors = vectors
        self.name = name
        self.width = vectors(_PROBE).shape[1]

    def encode(self, texts: Sequence[str]) -> Floats:
        """Texts of like length go through the model together: it pads them to the longest."""
        rows = np.empty((len(texts), self.width), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            rows[batch] = _unit(self._vectors([texts[number][:MAX_CHARS] for number in batch]))
        return rows

    def __reduce__(self) -> tuple[Callable[..., Embedder], tuple[Any, ...]]:
        return _load_same, (self.name, self.encode(_PROBE))


def _load_same(name: str, probe: Floats) -> Embedder:
    """Raises ModelError where the model of that name isn't what it was."""
    embedder = load(name)
    found = embedder.encode(_PROBE)
    if found.shape != probe.shape or np.vdot(found, probe) < _SAME:
        raise ModelError(
            f"The embedding model {name} isn't the one that the classifier was trained with.",
            "Bring the former one back, or train again.",
        )
    return embedder


def _open(name: str) -> Vectors:
    folder = _folder(name)
    if folder and has_onnx(folder):
        return OnnxModel(folder).vectors
    if folder:
        return _sentence_transformer(str(folder), local_files_only=True)
    return _from_hub(name)


def _folder(name: str) -> Path | None:
    """The folder with the model, or None where the name can only be one of the Hub."""
    path = Path(name).expanduser()
    if path.is_dir() and not _has_model(path):
        raise ModelError(
            f"The folder {name} of BUZON_EMBEDDINGS holds no model.",
            "It needs model.onnx and tokenizer.json, or what sentence-transformers saves.",
        )
    if path.is_dir():
        return path
    if not _HUB_NAME.fullmatch(name):
        raise ModelError(
            f"There is no folder {name}, which BUZON_EMBEDDINGS names.", "Correct the path."
        )
    return next(filter(_has_model, _package_folders(name.replace("-", "_"))), None)


def _has_model(folder: Path) -> bool:
    return has_onnx(folder) or (folder / "modules.json").is_file()


def _package_folders(package: str) -> Iterator[Path]:
    """A package's folder and those in it. The package isn't imported: it may be a heavy one."""
    spec = find_spec(package) if package.isidentifier() else None
    for place in (spec and spec.submodule_search_locations) or ():
        yield Path(place)
        yield from sorted(path for path in Path(place).iterdir() if path.is_dir())


def _from_hub(name: str) -> Vectors:
    """What was fetched before is used as it is, without a word to the Hub."""
    try:
        return _sentence_transformer(name, local_files_only=True)
    except OSError:
        return _fetched(name)


def _fetched(name: str) -> Vectors:
    try:
        return _sentence_transformer(name, local_files_only=False)
    except Exception as error:
        raise ModelError(
            f"The embedding model {name} is neither a folder nor an installed package, and can't "
            f"be fetched from the Hugging Face Hub: {_first_line(error)}.",
            "Check the name. Without internet, name a folder with the model in BUZON_EMBEDDINGS.",
        ) from error


def _sentence_transformer(name: str, *, local_files_only: bool) -> Vectors:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # it's for people, and would stand in the log
    model = SentenceTransformer(name, device="cpu", local_files_only=local_files_only)
    model.max_seq_length = min(model.max_seq_length or MAX_TOKENS, MAX_TOKENS)
    lock = Lock()  # its tokenizer is set up anew for each call: two at once fail

    def vectors(texts: list[str]) -> Floats:
        with lock:
            found: Floats = model.encode(texts, batch_size=_BATCH, show_progress_bar=False)
        return found

    return vectors


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit


def _first_line(error: Exception) -> str:
    return (str(error).strip() or repr(error)).splitlines()[0].rstrip(".")

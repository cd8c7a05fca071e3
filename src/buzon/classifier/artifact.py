"""A model as bytes: what joblib.load opens, and what tells whether to trust and understand it.

Opening a joblib file runs whatever is in it. So bytes are opened only where their SHA-256 is the
one that was noted when they were made.
"""

import hashlib
from dataclasses import dataclass, field, fields
from io import BytesIO
from typing import Any

import joblib
import numpy as np

from buzon.classifier import corpus
from buzon.classifier.model import Classifier
from buzon.classifier.train import recipe
from buzon.errors import ModelError

CORPUS = "corpus"
EMBEDDINGS = "embeddings"
STARTER = "starter"  # in what is said about a model that learnt from the starter corpus alone


@dataclass(frozen=True, slots=True)
class Artifact:
    """`made_by` names what a program must agree with to open it and to read it the same way."""

    version: str
    content: bytes = field(repr=False)
    sha256: str
    made_by: dict[str, str]
    about: dict[str, Any]  # when it was trained, its categories, its figures


def pack(model: Classifier) -> Artifact:
    packed = BytesIO()
    joblib.dump(model, packed)  # to compress it takes half a second and brings a fifth
    content = packed.getvalue()
    return Artifact(
        version=model.version,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        made_by=made_by(model.embedder.name if model.embedder else ""),
        about={
            "trained_at": model.trained_at.isoformat(),
            "classes": model.classes,
            "metrics": model.metrics,
            "left_out": model.left_out,
        },
    )


def unpack(content: bytes, sha256: str) -> Classifier:
    """The model in these bytes. Raises ModelError where they aren't those that were made."""
    refuse_altered(content, sha256)
    return unpack_trusted(content)


def refuse_altered(content: bytes, sha256: str) -> None:
    """Raise ModelError where these bytes aren't those that were made."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(
            "The model isn't the one that was made: its SHA-256 is another.",
            "Put another version to work: buzon models, buzon promote VERSION",
        )


def unpack_trusted(content: bytes) -> Classifier:
    """The model in bytes that somebody vouches for. Raises ModelError where there is none."""
    try:
        model = joblib.load(BytesIO(content))
    except ModelError:  # its embedding model isn't here
        raise
    except Exception as error:  # whatever a pickle raises that its own program can't open
        raise ModelError(
            f"The model can't be opened: {error!r}.", "Train one: buzon train"
        ) from error
    if not isinstance(model, Classifier):
        raise ModelError(
            f"The file holds no model of Buzón but a {type(model).__name__}.",
            "Name one that buzon train --out wrote.",
        )
    if not all(hasattr(model, field.name) for field in fields(model)):
        raise ModelError(
            f"The model {model.version} was made by an earlier version of Buzón.",
            "Train it anew: buzon train --out",
        )
    return model


def understands(theirs: dict[str, str]) -> bool:
    """Whether this program opens what was made so, and reads it the same way. What it would learn
    from today may be different."""
    return _to_be_read(theirs) == _to_be_read(made_by(""))


def _to_be_read(made_by: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in made_by.items() if name not in (CORPUS, EMBEDDINGS)}


def made_by(embeddings: str) -> dict[str, str]:
    return {
        "recipe": hashlib.sha256(recipe().encode()).hexdigest(),
        CORPUS: corpus.digest(),
        EMBEDDINGS: embeddings,
        "numpy": _series(np.__version__),
    }


def _series(version: str) -> str:
    return ".".join(version.split(".")[:2])

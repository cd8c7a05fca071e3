"""Labelled mails, and those that come with the program: the starter corpus."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail and its right category.

    `group` says what it may be alike to beyond its category, as mails by one writer are: two of
    a group are never on both sides when the model is measured. "" is a group of its own. `weight`
    says how much a mistake on it counts in learning, and `key` which mail it is.
    """

    subject: str
    body: str
    label: str
    lang: str = ""
    group: str = ""
    weight: float = 1.0
    key: str = ""


def starter() -> list[Sample]:
    """The corpus in the package; a sample's group is the file it stands in, thus its writer."""
    return [
        Sample(
            row["subject"], row["body"], row["label"], row["lang"],
            group=file.name, key=f"{file.name}:{number}",
        )
        for file in _files()
        for number, row in enumerate(map(json.loads, _lines(file)), start=1)
    ]  # fmt: skip


def digest() -> str:
    """SHA-256 of the starter corpus."""
    whole = hashlib.sha256()
    for file in _files():
        whole.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()


def _files() -> list[Traversable]:
    folder = files("buzon.classifier") / "corpus"
    corpus = [file for file in folder.iterdir() if file.name.endswith(".jsonl")]
    return sorted(corpus, key=lambda file: file.name)


def _lines(file: Traversable) -> Iterator[str]:
    # Not splitlines(): a mail may hold U+2028, which isn't the end of a line of JSON.
    return (line for line in file.read_text("utf-8").split("\n") if line)

"""Labelled mails out of the files that a command names."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from buzon.mail import clean

if TYPE_CHECKING:  # takes a second to import
    from buzon.classifier.corpus import Sample

MOST_NAMED = 10  # texts too long to be read whole


def read(files: Sequence[Path]) -> "list[Sample]":
    """The mails of all files; of which texts a model reads but the beginning, that is said. Raises
    Invalid, naming file, line and remedy."""
    from buzon.classifier.evaluate import read_samples

    samples = [sample for file in files for sample in read_samples(file)]
    _tell_of_long_texts(samples)
    return samples


def warn(sentence: str) -> None:
    """What somebody is told beside a command's outcome."""
    typer.echo(f"buzon: {sentence}", err=True)


def _tell_of_long_texts(samples: "Sequence[Sample]") -> None:
    from buzon.classifier.codes import MAX_CHARS

    long = (s for s in samples if len(s.body) > MAX_CHARS < len(clean.newest(s.body)))
    for sample in islice(long, MOST_NAMED):
        warn(
            f"{sample.key}: the text has {len(sample.body):,} characters; of what is new in it"
            f" a model reads the first {MAX_CHARS:,}."
        )
    if more := sum(1 for _ in long):
        warn(f"Of {more:,} more texts it reads the first {MAX_CHARS:,} characters.")

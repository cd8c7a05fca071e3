"""How good a classifier is on labelled mails that it hasn't learnt from."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import numpy as np

from buzon.classifier import measure
from buzon.classifier.codes import join_fields
from buzon.classifier.corpus import Sample
from buzon.classifier.measure import Indices, Probabilities
from buzon.classifier.model import Classifier
from buzon.errors import Invalid

T = TypeVar("T")

RISKS = (0.02, 0.05)
_PLACES = 4


def evaluate(
    classifier: Classifier, samples: Sequence[Sample], *, prepare: Callable[[str], str] = str
) -> dict[str, Any]:
    """The figures of `buzon evaluate --json`; `seconds` is what preparing and predicting took.

    `prepare`: as in `train`. A label that the classifier doesn't know counts as an error. Raises
    Invalid where there are no samples.
    """
    if not samples:
        raise Invalid("There is no labelled mail to measure with.", "Give a file that has some.")
    start = perf_counter()
    probabilities = classifier.predict_proba(
        join_fields(s.subject, prepare(s.body)) for s in samples
    )
    seconds = perf_counter() - start
    labels = [*classifier.classes, *sorted({s.label for s in samples} - set(classifier.classes))]
    truth = np.array([labels.index(sample.label) for sample in samples], dtype=np.intp)
    counts = measure.confusion(probabilities.argmax(axis=1), truth, len(labels))
    return {
        "n": len(samples),
        **_quality(probabilities, truth, len(labels)),
        "ece": round(measure.expected_calibration_error(probabilities, truth), _PLACES),
        "per_label": _per_label(labels, counts),
        "per_lang": _per_lang(samples, probabilities, truth, len(labels)),
        "confusion": {"labels": labels, "counts": counts.tolist()},
        "coverage_at_risk": {
            f"{risk:.2f}": round(measure.coverage_at_risk(probabilities, truth, risk), _PLACES)
            for risk in RISKS
        },
        "seconds": round(seconds, _PLACES),
    }


def read_samples(path: Path) -> list[Sample]:
    """Samples of a JSON Lines file: `label`, `body` or `text`, and optional `subject`, `lang`.

    Raises Invalid, naming file, line and remedy.
    """
    return _read(path, _sample)


def read_mails(path: Path) -> list[tuple[str, str]]:
    """Subjects and bodies of such a file, which needs no labels. Raises Invalid likewise."""
    return _read(path, _mail)


def _read(path: Path, what: Callable[[dict[str, Any], str], T]) -> list[T]:
    try:
        with path.open("rb") as file:
            lines = ((line, f"{path}, line {at}") for at, line in enumerate(file, start=1))
            return [what(_row(line, place), place) for line, place in lines if line.strip()]
    except OSError as error:
        raise Invalid(
            f"{path} can't be read: {error.strerror}.", "Check the name and the rights."
        ) from error


def _row(line: bytes, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line.rstrip())
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{place}: no UTF-8 from byte {error.start + 1} on.", "Save the file as UTF-8."
        ) from error
    except json.JSONDecodeError as error:
        raise Invalid(
            f"{place}: no JSON ({error.msg}, at character {error.pos + 1}).",
            "Write one JSON object a line.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{place}: no JSON ({error}).", "Write one JSON object a line.") from error
    if not isinstance(row, dict):
        raise Invalid(f"{place}: {type(row).__name__}, no object.", "Write one JSON object a line.")
    return row


def _sample(row: dict[str, Any], place: str) -> Sample:
    subject, body = _mail(row, place)
    label = _text(row, "label", place).strip()
    if not label:
        raise Invalid(f"{place}: the label is empty.", "Give the mail's category.")
    lang = _text({"lang": "", **row}, "lang", place)
    return Sample(subject, body, label, lang, key=place)


def _mail(row: dict[str, Any], place: str) -> tuple[str, str]:
    body = _text(row, "body" if "body" in row else "text", place)
    subject = _text({"subject": "", **row}, "subject", place)
    if not (subject + body).strip():
        raise Invalid(f"{place}: there is no text.", "Give a subject or a body, or drop the line.")
    return subject, body


def _text(row: dict[str, Any], key: str, place: str) -> str:
    if key not in row:
        wanted = '"body" or "text"' if key == "text" else f'"{key}"'
        raise Invalid(f"{place}: {wanted} is missing.", "Add it.")
    if not isinstance(row[key], str):
        found = json.dumps(row[key])[:40]
        raise Invalid(f'{place}: "{key}" is {found}.', "Put a text in quotes there.")
    return str(row[key])


def _quality(probabilities: Probabilities, truth: Indices, k: int) -> dict[str, float]:
    counts = measure.confusion(probabilities.argmax(axis=1), truth, k)
    return {
        "accuracy": round(measure.accuracy(probabilities, truth), _PLACES),
        "macro_f1": round(measure.macro_f1(counts), _PLACES),
    }


def _per_label(labels: list[str], counts: Indices) -> dict[str, dict[str, float]]:
    figures = measure.precision_recall_f1(counts).T.round(_PLACES).tolist()
    present = counts.sum(axis=1).tolist()
    return {
        label: dict(zip(("n", "precision", "recall", "f1"), (n, *row), strict=True))
        for label, n, row in zip(labels, present, figures, strict=True)
    }


def _per_lang(
    samples: Sequence[Sample], probabilities: Probabilities, truth: Indices, k: int
) -> dict[str, dict[str, float]]:
    langs = np.array([sample.lang for sample in samples])
    return {
        str(lang): {
            "n": int((langs == lang).sum()),
            **_quality(probabilities[langs == lang], truth[langs == lang], k),
        }
        for lang in np.unique(langs)
    }

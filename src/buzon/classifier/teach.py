"""One training from beginning to end: learn, compare with the model at work, and report.

    own labelled mails + starter corpus → dataset → train → challenger
    challenger and champion, on labelled mails that neither has learnt from → compare → promote?

It knows no database, so that it can run in a process of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np

from buzon.classifier import dataset
from buzon.classifier.artifact import Artifact, pack, unpack
from buzon.classifier.compare import Comparison, compare
from buzon.classifier.corpus import Sample, starter
from buzon.classifier.dataset import DataSet
from buzon.classifier.embed import Embedder, load
from buzon.classifier.model import Classifier
from buzon.classifier.report import report_of
from buzon.classifier.train import Progress, Trained, train

# So many labelled mails that the champion hasn't seen, and the newer half of them is held out: the
# challenger is judged on what came after all that it had learnt. With fewer, each is judged by a
# model that has learnt from all but a fifth (cross-fitting).
ENOUGH_TO_HOLD_OUT = 200
MOST_COMPARED = 2000
ENOUGH_TO_BE_FAIR = 30


@dataclass(frozen=True, slots=True)
class Champion:
    """The model at work, and by key of each mail that it learnt from: the label it was given, and
    what the model would have said unseen, where that was measured."""

    content: bytes = field(repr=False)
    sha256: str
    lessons: Mapping[str, tuple[str, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to learn from. `own`: the labelled mails, the oldest label first, each with a key;
    `picked`: keys of those that somebody chose by hand; `labels`: category by its earlier name,
    None for one that is retired."""

    own: Sequence[Sample]
    picked: frozenset[str] = frozenset()
    with_starter: bool = True
    labels: Mapping[str, str | None] = field(default_factory=dict)
    champion: Champion | None = None
    embeddings: str = ""
    prepare: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Taught:
    """A new version, whether it is to be put to work, and what there is to say about it.
    `lessons`: key, label, and what it would have said unseen, where that was measured."""

    artifact: Artifact
    promote: bool
    why: str
    report: dict[str, Any]
    lessons: list[tuple[str, str, str | None]]


def teach(order: Order, progress: Progress) -> Taught:
    """Raises ModelError where there is nothing to learn from, or the champion can't be opened."""
    start = perf_counter()
    embedder = load(order.embeddings) if order.embeddings else None
    data = _data(order)
    trained = train(
        data.samples,
        name="own" if data.own else "starter",
        embedder=embedder,
        progress=lambda share, step: progress(0.7 * share, step),
    )
    progress(0.7, "comparing it with the model at work")
    comparison, champion = _compare(order, data, trained, embedder)
    progress(0.9, "writing the report")
    report = report_of(trained, data, comparison, champion, perf_counter() - start)
    promote, why = _verdict(comparison)
    return Taught(pack(trained.classifier), promote, why, report, _lessons(trained))


def _data(order: Order) -> DataSet:
    """The samples as the model reads them, under the names that categories have now."""
    own = [_prepared(sample, order.prepare) for sample in order.own]
    behind = [_prepared(s, order.prepare) for s in starter()] if order.with_starter else []

    def label_of(name: str) -> str | None:
        return order.labels.get(name, name)

    return dataset.assemble(dataset.relabelled(own, label_of), dataset.relabelled(behind, label_of))


def _prepared(sample: Sample, prepare: Callable[[str], str]) -> Sample:
    return replace(sample, body=prepare(sample.body))


def _compare(
    order: Order, data: DataSet, trained: Trained, embedder: Embedder | None
) -> tuple[Comparison | None, Classifier | None]:
    if order.champion is None:
        return None, None
    champion = unpack(order.champion.content, order.champion.sha256)
    own = data.samples[: data.own]
    theirs = _unseen_by_champion(champion, own, order.champion.lessons)
    ours = _unseen_by_challenger(data, trained, embedder, order.champion.lessons)
    both = _fair([s for s in own if s.key in theirs and s.key in ours], order.picked)
    return (
        compare(
            np.array([theirs[s.key] == s.label for s in both], dtype=bool),
            np.array([ours[s.key] == s.label for s in both], dtype=bool),
            knows_more=_knows_more(data, trained, champion, order.champion.lessons),
        ),
        champion,
    )


def _fair(both: Sequence[Sample], picked: frozenset[str]) -> Sequence[Sample]:
    """The newest of the mails to compare on. People pick out mails because the champion was wrong
    on them: these would flatter any challenger, and count only where there is little else."""
    fair = [sample for sample in both if sample.key not in picked]
    return (fair if len(fair) >= ENOUGH_TO_BE_FAIR else both)[-MOST_COMPARED:]


def _unseen_by_champion(
    champion: Classifier, own: Sequence[Sample], lessons: Mapping[str, tuple[str, str | None]]
) -> dict[str, str]:
    """What the champion says of the mails that it hasn't learnt from, and said of the others when
    it was cross-fitted."""
    said = {key: predicted for key, (_, predicted) in lessons.items() if predicted is not None}
    new = [s for s in own if s.key not in lessons]
    predictions = champion.classify([(s.subject, s.body) for s in new])
    return said | {s.key: p.category for s, p in zip(new, predictions, strict=True)}


def _unseen_by_challenger(
    data: DataSet,
    trained: Trained,
    embedder: Embedder | None,
    lessons: Mapping[str, tuple[str, str | None]],
) -> dict[str, str]:
    """What the challenger says of mails that it hasn't learnt from: the newest held out in time,
    or all of them cross-fitted where they are few."""
    new = [s for s in data.samples[: data.own] if s.key not in lessons]
    if len(new) < ENOUGH_TO_HOLD_OUT:
        return _out_of_fold(trained)
    held = new[len(new) // 2 :][-MOST_COMPARED:]
    without = {s.key for s in held}
    rest = [s for s in data.samples if s.key not in without or not s.key]
    judge = train(rest, embedder=embedder).classifier
    predictions = judge.classify([(s.subject, s.body) for s in held])
    return {s.key: p.category for s, p in zip(held, predictions, strict=True)}


def _out_of_fold(trained: Trained) -> dict[str, str]:
    classes = trained.classifier.classes
    best = trained.out_of_fold.argmax(axis=1).tolist()
    return {
        trained.samples[number].key: classes[category]
        for number, category in zip(trained.measured.tolist(), best, strict=True)
        if trained.samples[number].key
    }


def _knows_more(
    data: DataSet,
    trained: Trained,
    champion: Classifier,
    lessons: Mapping[str, tuple[str, str | None]],
) -> bool:
    """Whether it learnt from mails or labels that the champion doesn't know, or a category more."""
    own = data.samples[: data.own]
    new_labels = any(lessons.get(s.key, ("",))[0] != s.label for s in own)
    return new_labels or bool(set(trained.classifier.classes) - set(champion.classes))


def _verdict(comparison: Comparison | None) -> tuple[bool, str]:
    if comparison is None:
        return True, "There was no model before it."
    return comparison.promote, comparison.why


def _lessons(trained: Trained) -> list[tuple[str, str, str | None]]:
    said = _out_of_fold(trained)
    return [(s.key, s.label, said.get(s.key)) for s in trained.samples if s.key]

"""One training from beginning to end: learn, compare with the model at work, and report.

    own labelled mails + starter corpus → dataset → train → challenger
    challenger and champion, on labelled mails that neither has learnt from → compare → promote?

It knows no database, so that it can run in a process of its own.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np

from buzon.classifier import dataset, embed
from buzon.classifier.artifact import STARTER, Artifact, pack, unpack
from buzon.classifier.calibrate import Fold
from buzon.classifier.chronology import Days, oldest_first
from buzon.classifier.codes import join_fields
from buzon.classifier.compare import Comparison, compare
from buzon.classifier.cores import in_halves, on_two_cores
from buzon.classifier.corpus import Sample, starter
from buzon.classifier.curve import ROUGHLY, growing
from buzon.classifier.dataset import DataSet
from buzon.classifier.fits import Tries
from buzon.classifier.measure import Flags
from buzon.classifier.model import Classifier
from buzon.classifier.report import report_of
from buzon.classifier.train import Progress, Trained, Trial, train
from buzon.records import CATEGORIES, FEWEST_EXAMPLES, NOT_ANSWERED

# So many labelled mails that the champion hasn't seen, and the newer half of them is held out: the
# challenger is judged on what came after all that it had learnt. With fewer, each is judged by a
# model that has learnt from all but a fifth (cross-fitting).
ENOUGH_TO_HOLD_OUT = 200
ENOUGH_TO_BE_FAIR = 30
MOST_COMPARED = 2000

# Beside up to so many texts to learn from, as many unlabelled mails or more help. Beside 3,000 they
# hardly help (docs/classifier.md, `make bench ARGS=unlabelled`).
FEW = 2000
MOST_UNLABELLED = 10_000
MOST_CHARS = 4_000  # of the body of each

_FIRST = "There was no model before it."

Said = Mapping[str, str]  # what a model says, by the key of the mail


@dataclass(frozen=True, slots=True)
class Champion:
    """The model at work; by key of each of the company's mails that it learnt from, the label and
    what it would have said unseen, where that was measured; and the same of the starter texts."""

    content: bytes = field(repr=False)
    sha256: str
    lessons: Mapping[str, tuple[str, str | None]]
    unseen: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to learn from. `own`: the labelled mails, the oldest label first, each with a key;
    `unlabelled`: subjects and bodies of others, the newest, where `wants_unlabelled` says so;
    `picked`: keys of those that somebody chose by hand; `labels`: category by its earlier name,
    None for one that is retired; `days`: on which own ones were labelled, by key, where that is
    known; `prepare`: from a mail's text to what the model reads of it;
    `mask`: takes private numbers out of the subject and text of an own one."""

    own: Sequence[Sample]
    unlabelled: Sequence[tuple[str, str]] = ()
    picked: frozenset[str] = frozenset()
    with_starter: bool = True
    labels: Mapping[str, str | None] = field(default_factory=dict)
    days: Days = field(default_factory=dict)
    champion: Champion | None = None
    embeddings: str = ""
    prepare: Callable[[str], str] = str
    mask: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Taught:
    """A new version, whether it is to be put to work, and what there is to say about it.
    `lessons` and `unseen` are what a later challenger needs to know of it as a champion."""

    artifact: Artifact
    promote: bool
    why: str
    report: dict[str, Any]
    lessons: list[tuple[str, str, str | None]]
    unseen: Said


def wants_unlabelled(order: Order) -> bool:
    """Whether there may be so little to learn from that unlabelled mails help. The starter corpus
    is too much for that, as long as one of its categories is in use beside `otro`, which always
    is."""
    in_use = [order.labels.get(name, name) for name in CATEGORIES if name != NOT_ANSWERED]
    return len(order.own) <= FEW and not (order.with_starter and any(in_use))


def teach(order: Order, progress: Progress) -> Taught:
    """Raises ModelError where there is nothing to learn from, or the champion can't be opened."""
    data = _data(order)
    embedder = embed.load(order.embeddings) if order.embeddings else None
    record = _by_text(order.champion, data) if order.champion else None
    held = _to_hold_out(_new(data, record), order.days) if record else []
    trained = train(
        data.samples,
        name="own" if data.own else "starter",
        unlabelled=data.unlabelled,
        embedder=embedder,
        plans=(
            lambda samples: Tries(_holding_out(samples, held)),
            lambda samples: Tries(_growing(samples, data), ROUGHLY),
        ),
        progress=lambda share, step: progress(0.8 * share, step),
    )
    trained = replace(
        trained, classifier=replace(trained.classifier, unconfirmed=_unconfirmed(data))
    )
    held_out, grown = trained.trials
    progress(0.8, "comparing it with the model at work")
    champion = unpack(order.champion.content, order.champion.sha256) if order.champion else None
    comparison = _compare(order, data, trained, held_out, champion, record)
    progress(0.9, "writing the report")
    own = data.own_keys()
    unseen = _out_of_fold(trained)
    return Taught(
        artifact=pack(trained.classifier),
        promote=comparison.promote if comparison else True,
        why=comparison.why if comparison else _FIRST,
        report=report_of(trained, data, grown, comparison, champion),
        lessons=[(s.key, s.label, unseen.get(s.key)) for s in data.samples[: data.own]],
        unseen={key: said for key, said in unseen.items() if key not in own},
    )


def teach_starter(prepare: Callable[[str], str], embeddings: str = "") -> Artifact:
    """The starter model, with all that there is to say of it. Raises ModelError."""
    taught = teach(Order(own=[], embeddings=embeddings, prepare=prepare), lambda *_: None)
    said = {"report": taught.report, "unseen": taught.unseen}
    return replace(taught.artifact, about={**taught.artifact.about, STARTER: said})


def taught_before(starter: Artifact) -> Taught:
    """What `teach_starter` knew when it made this."""
    said = starter.about[STARTER]
    return Taught(starter, True, _FIRST, said["report"], [], said["unseen"])


def _data(order: Order) -> DataSet:
    """The samples as the model reads them, under the names that categories have now."""
    named = _named(order.own, order)
    own = [
        replace(sample, subject=order.mask(sample.subject), body=order.mask(sample.body))
        for sample in dataset.thinned(named)
    ]
    behind = dataset.beside(len(own), _named(starter(), order)) if order.with_starter else []
    prepared = _prepared([*own, *behind], order)
    data = dataset.assemble(prepared[: len(own)], prepared[len(own) :])
    unlabelled = _unlabelled(order, len(data.samples))
    passed_over = len(named) - len(own)
    return replace(data, passed_over=passed_over, unlabelled=unlabelled, days=order.days)


def _named(samples: Sequence[Sample], order: Order) -> list[Sample]:
    return dataset.relabelled(samples, lambda name: order.labels.get(name, name))


def _unlabelled(order: Order, samples: int) -> tuple[str, ...]:
    """The unlabelled mails as the model reads them, where they help. Private numbers stay in them:
    all numbers are one to it, and to mask them takes as long as all that is learnt here."""
    if not wants_unlabelled(order) or samples > min(FEW, len(order.unlabelled)):
        return ()
    bodies = _read([body[:MOST_CHARS] for _, body in order.unlabelled], order)
    both = zip(order.unlabelled, bodies, strict=True)
    return tuple(join_fields(subject, body) for (subject, _), body in both)


def _prepared(samples: Sequence[Sample], order: Order) -> list[Sample]:
    bodies = _read([sample.body for sample in samples], order)
    return [replace(sample, body=body) for sample, body in zip(samples, bodies, strict=True)]


def _read(bodies: Sequence[str], order: Order) -> Iterable[str]:
    halves = in_halves(bodies)
    return chain(*on_two_cores(lambda some: list(map(order.prepare, some)), halves))


def _new(data: DataSet, record: Champion) -> list[Sample]:
    """The company's labelled mails that the champion hasn't learnt from."""
    return [sample for sample in data.samples[: data.own] if sample.key not in record.lessons]


def _to_hold_out(new: Sequence[Sample], days: Days) -> Sequence[Sample]:
    return _newest(new, -(-len(new) // 2), days) if len(new) >= ENOUGH_TO_HOLD_OUT else []


def _newest(samples: Sequence[Sample], most: int, days: Days) -> Sequence[Sample]:
    return [samples[at] for at in oldest_first(samples, days)[-most:]]


def _holding_out(samples: Sequence[Sample], held: Sequence[Sample]) -> list[Fold]:
    """Learning from all but the newest in time, which are to be judged."""
    keys = {sample.key for sample in held}
    is_held = np.array([sample.key in keys for sample in samples])
    return [(np.flatnonzero(~is_held), np.flatnonzero(is_held))] if is_held.any() else []


def _growing(samples: Sequence[Sample], data: DataSet) -> list[Fold]:
    """Learning from more and more of the company's own."""
    return growing(oldest_first(data.own_among(samples), data.days), len(samples))


def _unconfirmed(data: DataSet) -> frozenset[str]:
    """Where most of the company's labelled mails are of categories of its own, its mail is not what
    the starter corpus is of: then a category of that stands for nothing until some were labelled
    so. The model is as sure of it as ever (docs/classifier.md)."""
    behind = {sample.label for sample in data.samples[data.own :]}
    own = Counter(sample.label for sample in data.samples[: data.own])
    if 2 * sum(own[label] for label in behind) >= data.own:
        return frozenset()
    return frozenset(label for label in behind if own[label] < FEWEST_EXAMPLES)


def _compare(
    order: Order,
    data: DataSet,
    trained: Trained,
    held_out: Sequence[Trial],
    champion: Classifier | None,
    record: Champion | None,
) -> Comparison | None:
    if champion is None or record is None:
        return None
    own = data.samples[: data.own]
    said = _unseen_by(champion, record, _new(data, record))
    theirs = {key: order.labels.get(category, category) for key, category in said.items()}
    crosswise = _out_of_fold(trained)
    ours = _said_unseen(trained, held_out[0]) if held_out else crosswise
    compared = _fair([s for s in own if s.key in theirs and s.key in ours], order)
    known = {order.labels.get(name, name) for name in champion.classes}
    # A category of the company's own may take over texts of the starter: that is no mistake.
    both = [s for s in data.samples if s.key in theirs and s.key in crosswise]
    across = [sample for sample in both if crosswise[sample.key] in known]
    return compare(
        _right(theirs, compared),
        _right(ours, compared),
        knows_more=_knows_more(own, trained.classifier, champion, record),
        forgets={name for name in known if name} - set(trained.classifier.classes),
        across=(_right(theirs, across), _right(crosswise, across)),
    )


def _by_text(champion: Champion, data: DataSet) -> Champion:
    """The champion's record under the keys of these samples: it has learnt a mail, too, where it
    has learnt the same text under another key."""
    learnt: dict[str, tuple[str, str | None]] = dict(champion.lessons)
    for key, same in data.same_text.items():
        for other in same:
            if key not in learnt and other in champion.lessons:
                learnt[key] = champion.lessons[other]
            elif key not in learnt and other in champion.unseen:
                learnt[key] = ("", champion.unseen[other])
    return replace(champion, lessons=learnt)


def _unseen_by(champion: Classifier, record: Champion, new: Sequence[Sample]) -> Said:
    """What the champion says of mails that it hasn't learnt from, and said of the others when it
    was cross-fitted."""
    learnt = {key: said for key, (_, said) in record.lessons.items() if said is not None}
    return {**record.unseen, **learnt, **_said(champion, new)}


def _out_of_fold(trained: Trained) -> Said:
    classes = trained.classifier.classes
    best = trained.out_of_fold.argmax(axis=1).tolist()
    places = trained.measured.tolist()
    return {trained.samples[at].key: classes[c] for at, c in zip(places, best, strict=True)}


def _said_unseen(trained: Trained, trial: Trial) -> Said:
    classes = trained.classifier.classes
    both = zip(trial.unseen.tolist(), trial.said.tolist(), strict=True)
    return {trained.samples[at].key: classes[category] for at, category in both}


def _said(classifier: Classifier, samples: Sequence[Sample]) -> Said:
    predictions = classifier.classify([(s.subject, s.body) for s in samples])
    return {s.key: p.category for s, p in zip(samples, predictions, strict=True)}


def _fair(both: Sequence[Sample], order: Order) -> Sequence[Sample]:
    """The newest of the mails to compare on. People pick out mails because the champion was wrong
    on them: these would flatter any challenger, and count only where there is little else."""
    fair = [sample for sample in both if sample.key not in order.picked]
    return _newest(fair if len(fair) >= ENOUGH_TO_BE_FAIR else both, MOST_COMPARED, order.days)


def _right(said: Mapping[str, str | None], samples: Sequence[Sample]) -> Flags:
    return np.array([said[sample.key] == sample.label for sample in samples], dtype=bool)


def _knows_more(
    own: Sequence[Sample], challenger: Classifier, champion: Classifier, record: Champion
) -> bool:
    """Whether it learnt a label that the champion doesn't know, or a category more."""
    new_labels = any(record.lessons.get(s.key, ("",))[0] != s.label for s in own)
    return new_labels or bool(set(challenger.classes) - set(champion.classes))

"""The report of a version: what it learnt from, how good it is, and what it changes. It holds no
text of any mail, only their keys."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from buzon.classifier import measure
from buzon.classifier.chronology import in_time
from buzon.classifier.compare import Comparison
from buzon.classifier.corpus import Sample
from buzon.classifier.curve import learning_curve
from buzon.classifier.dataset import DataSet
from buzon.classifier.measure import Indices
from buzon.classifier.model import Classifier
from buzon.classifier.suspects import suspects
from buzon.classifier.train import Trained, Trial, metrics

MOST_LISTED = 200


def report_of(
    trained: Trained,
    data: DataSet,
    grown: Sequence[Trial],
    comparison: Comparison | None,
    champion: Classifier | None,
) -> dict[str, Any]:
    """As JSON. All figures are out of fold: from models that had not seen the mail in question.
    `grown` are the trials of the learning curve."""
    truth = trained.truth[trained.measured]
    classes = trained.classifier.classes
    own, own_keys = data.own_among(trained.samples), data.own_keys()
    counts = measure.confusion(trained.out_of_fold.argmax(axis=1), truth, len(classes))
    return {
        "version": trained.classifier.version,
        "trained_on": _trained_on(trained, data),
        "metrics": trained.classifier.metrics,
        "own_metrics": _own_metrics(trained, own_keys),
        "previous_metrics": champion.metrics if champion else None,
        "comparison": asdict(comparison) if comparison else None,
        "per_category": _per_category(trained, counts),
        "confusion": {"labels": classes, "counts": counts.tolist()},
        "calibration": [
            asdict(bin) for bin in measure.calibration_curve(trained.out_of_fold, truth)
        ],
        "learning_curve": [
            asdict(point) for point in learning_curve(trained.truth, len(own), grown)
        ],
        "learning_curve_tested": "newest" if in_time(own, data.days) else "drawn",
        "changed": _changed(trained, data, champion),
        "suspects": _suspects(trained, own_keys),
    }


def _trained_on(trained: Trained, data: DataSet) -> dict[str, Any]:
    own = data.samples[: data.own]
    return {
        "own": data.own,
        "starter": data.starter,
        "starter_weight": round(data.starter_weight, 3),
        "own_per_category": dict(Counter(sample.label for sample in own).most_common()),
        "per_category": dict(Counter(sample.label for sample in trained.samples).most_common()),
        "too_few_to_learn": trained.classifier.left_out,
        "unconfirmed": sorted(trained.classifier.unconfirmed),
        "passed_over": data.passed_over,
        "unlabelled": len(data.unlabelled),
        "same_text_twice": data.doubled,
        "contradictions": [list(keys) for keys in data.contradictions[:MOST_LISTED]],
    }


def _own_metrics(trained: Trained, own: set[str]) -> dict[str, float] | None:
    """As `metrics`, of the company's own labelled mails alone, which say more of its mails than
    the starter corpus does; None where there are none."""
    places = np.flatnonzero([trained.samples[n].key in own for n in trained.measured.tolist()])
    truth = trained.truth[trained.measured]
    return metrics(trained.out_of_fold[places], truth[places]) if places.size else None


def _per_category(trained: Trained, counts: Indices) -> dict[str, Any]:
    """Precision and recall, each with the bounds between which it lies (95%)."""
    shares = measure.precision_recall_f1(counts)[:2]
    bounds = measure.precision_recall_bounds(counts)
    return {
        name: {
            "n": int(counts[number].sum()),
            **{
                figure: {
                    "share": float(shares[kind, number]),
                    "low": float(bounds[kind, 0, number]),
                    "high": float(bounds[kind, 1, number]),
                }
                for kind, figure in enumerate(("precision", "recall"))
            },
        }
        for number, name in enumerate(trained.classifier.classes)
    }


def _changed(trained: Trained, data: DataSet, champion: Classifier | None) -> dict[str, Any]:
    """Which of the company's labelled mails the new version calls another category than the one
    at work does."""
    own = data.samples[: data.own]
    if champion is None or not own:
        return {"mails": 0, "listed": []}
    before, after = _said(champion, own), _said(trained.classifier, own)
    moved = [
        {"key": sample.key, "label": sample.label, "before": old, "after": new}
        for sample, old, new in zip(own, before, after, strict=True)
        if old != new
    ]
    return {"mails": len(moved), "listed": moved[-MOST_LISTED:]}


def _said(classifier: Classifier, samples: Sequence[Sample]) -> list[str]:
    predictions = classifier.classify([(s.subject, s.body) for s in samples])
    return [prediction.category for prediction in predictions]


def _suspects(trained: Trained, own: set[str]) -> list[Mapping[str, Any]]:
    """The company's own labels that look wrong, the most suspicious first."""
    truth = trained.truth[trained.measured]
    classes = trained.classifier.classes
    found: list[Mapping[str, Any]] = []
    for place in suspects(truth, trained.out_of_fold).tolist():
        sample = trained.samples[trained.measured[place]]
        row = trained.out_of_fold[place]
        if sample.key in own and len(found) < MOST_LISTED:
            found.append(
                {
                    "key": sample.key,
                    "label": sample.label,
                    "label_probability": round(float(row[truth[place]]), 4),
                    "rather": classes[row.argmax()],
                    "rather_probability": round(float(row.max()), 4),
                }
            )
    return found
